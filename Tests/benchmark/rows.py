"""Tables of rows to be added, a quarter of them with quotes and commas."""


def write(path, count, bad_every=0, edit_every=0):
    """Each so manieth row has cells too many, or other words than before."""
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
