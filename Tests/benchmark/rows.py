"""CSV files to add."""


def write(path, count, bad_every=0, edit_every=0):
    """Every fourth row has quotes and commas; every `bad_every`th has extra cells, and every
    `edit_every`th has new words."""
    with open(path, "w") as file:
        file.write("id,text,speaker\n")
        for n in range(1, count + 1):
            bad = ",one,too,many" if bad_every and n % bad_every == 0 else ""
            what = "line" if edit_every and n % edit_every == 0 else "row"
            if n % 4:
                file.write(f"line_{n:07},This is the sentence of {what} number {n} of the table.,0{bad}\n")
            else:
                file.write(f'line_{n:07},"Well, ""said"" somebody, this is {what} number {n},'
                           f' with commas.",0{bad}\n')
