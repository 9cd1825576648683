"""What is spoken: plain sentences, and such whose words are more than their characters."""

PLAIN = """\
The lamp by the window burned until the morning.
She put the letter back into the drawer and said nothing.
Nobody had told the driver where the road would end.
We walked along the river for an hour and came to a bridge.
If you want to catch the early train, you should leave before the rain begins.
The old man laughed, closed his book and looked at the sea.
Bread, butter and a little salt were all that was left.
I never thought that a machine could sound so tired.
Please hold the line, and somebody will be with you in a moment.
There is a garden behind the house where the children used to play.
He asked for water, but the well had been dry since spring.
The committee will meet again on the first day of the month.
All of the tickets were sold before the doors were opened.
It was cold, it was dark, and the wind came straight from the north.
Some people collect stamps; others collect excuses.
Turn left at the church and go on until you see the mill.
Your order has been shipped and should arrive within three days.
The captain gave the signal and the engines fell silent.
What would you do if the lights went out right now?
They painted the boat green, then blue, then green again.
A good story needs a beginning, a middle, and somebody who cares.
The museum is closed today, but the park is open until sunset.
Give me the key and wait for me outside.
Her brother works in a small workshop at the edge of the town.
The soup was hot, the bread was fresh, and the company was pleasant.
No one noticed that the clock on the wall had stopped.
Listen carefully, because I will say this only once.
Behind the curtain stood a boy with a wooden sword.
Every evening the same dog barked at the same tree.
The weather report promised sunshine for the rest of the week.
I would rather read a bad book than watch a good film.
Good morning, and welcome to the second part of our course.
We are sorry to keep you waiting; your call is important to us.
The door opened slowly and a cat walked in.
Thank you for calling, and have a wonderful evening.
Where did you put the scissors that I bought yesterday?
The mountain was hidden by clouds until late in the afternoon.
Can you hear me?
That is all.
Come back soon.
Without a map we would never have found the way home.
The baker was already awake when the first birds began to sing.
Please leave your name and a short message after the tone.
There were more chairs than guests at the wedding.
He has been learning to play the violin for half of his life.
The last page of the report was missing, and nobody knew why.
Keep the medicine out of the reach of children.
A stranger sat down at our table and ordered coffee for everyone.
She could not remember the name of the street, only the smell of the bakery on the corner.
When the bell rings, put down your pencils and hand in your papers.
Most of the passengers were asleep when the ship entered the harbour, and so they missed the fireworks.
The teacher explained the problem twice, first with words and then with a drawing on the blackboard.
It takes courage to admit a mistake, and even more to repeat it on purpose.
The library keeps a copy of every book that was ever printed in this town.
My grandmother believed that a house without books was a room without windows.
You may begin.
Nothing happened for a long time.
The wheels of the old wagon creaked, and the horses were glad to rest.
Are you sure that this is the right address?
Let us speak about something else.
""".splitlines()

# Longer, or shorter, as they are spoken than as they are written.
SPOKEN = """\
Your code is 749534.
Call 1-800-555-0199.
The total is $1,249.50.
It costs $4.99 a month.
We meet on 12/05/2026 at 10:30.
The meeting is on November 29, 2026.
Dr. Smith lives at 221B Baker St.
The GDP of the USA grew by 3.2% in 2024.
Flight BA2490 leaves at 6:45 p.m. from gate C12.
Room 404 is on the 4th floor.
Add 250 g of flour, 2 eggs and 1/2 tsp of salt.
12 + 30 = 42
The temperature is -12 degrees.
In 1999, 3,500 people lived here; in 2021, it was 12,840.
Prof. Jones and Mrs. Brown met at approx. 9 a.m.
Your balance is 10,483.27 euros.
Press 1 for sales, 2 for support, or 0 to speak to an operator.
The FBI and the CIA share an office with NASA.
Order no. 88213 was sent to 1600 Pennsylvania Ave.
The speed limit is 55 mph.
Version 2.10.3 was released on 2025-03-01.
My number is 020 7946 0958.
He was born in 1987 and moved to L.A. in 2003.
The PIN is 0042.
Open Mon. to Fri., 9:00 to 17:30.
It weighs 72 kg and is 180 cm tall.
Chapter XIV begins on page 311.
The ratio is 3:1, or 75% to 25%.
Invoice 2024-00731 is due in 30 days.
The IBAN begins with DE89 3704 0044.
She ran 10 km in 52 min. and 8 sec.
The answer is 1,000,000.
Save 20% with code SPRING24.
Track 7 is 3 min. 45 sec. long.
Channel 4 shows it at 8.
Tel. 555-0142, ext. 23.
The API returned HTTP 503.
Call me at 5.
Mt. Everest is 8,849 m high.
The year 2000 was a leap year.
""".splitlines()

# The words of recordings in Debian's asterisk-core-sounds-en-wav, by the names of their files.
RECORDED = dict(line.split(": ", 1) for line in """\
agent-alreadyon: That agent is already logged on. Please enter your agent number followed by the pound key.
agent-incorrect: Login incorrect. Please enter your agent number followed by the pound key.
agent-newlocation: Please enter a new extension, followed by pound.
agent-pass: Please enter your password followed by the pound key.
agent-user: Agent login. Please enter your agent number followed by the pound key.
auth-incorrect: Password incorrect. Please enter your password followed by the pound key.
conf-adminmenu: Please press 1 to mute or unmute yourself, 2 to lock or unlock the conference, 3 to eject the last user, 4 or 6 to decrease or increase the conference volume, 7 or 9 to decrease or increase your volume, or 8 to exit.
conf-enteringno: You are entering conference number
conf-extended: The conference has been extended.
conf-getchannel: Please enter the channel number followed by the pound key.
conf-getconfno: Please enter your conference number followed by the pound key.
conf-getpin: Please enter the conference pin number.
conf-hasleft: has left the conference.
conf-invalidpin: That pin is invalid for this conference.
conf-invalid: That is not a valid conference number. Please try again.
conf-kicked: You have been kicked from this conference
conf-leaderhasleft: The leader has left the conference.
conf-lockednow: The conference is now locked
conf-locked: This conference is locked!
conf-muted: You are now muted
conf-noempty: No empty conferences currently exist.
conf-nonextended: The conference cannot be extended.
conf-now-muted: The conference is now muted.
conf-now-recording: The conference is now being recorded.
conf-onlyone: There is currently one other participant in the conference.
conf-onlyperson: You are currently the only person in this conference.
conf-otherinparty: other participants in the conference
conf-placeintoconf: You will now be placed into the conference.
conf-unlockednow: The conference is now unlocked
conf-userswilljoin: users will join the conference.
conf-waitforleader: The conference will begin when the leader arrives.
demo-echodone: The echo test has been completed.
demo-nogo: I am afraid I was unable to create a connection to the Digium demonstration Asterisk server. You may find some helpful debugging information on the Asterisk console.
demo-nomatch: I'm sorry there are no matches for those keywords
demo-thanks: Goodbye. Thank you for trying out the Asterisk Open Source PBX.
dir-instr: If this is the person you are looking for press 1 now, otherwise please press star now.
dir-multi9: Press 9 for more entries.
dir-nomatch: No directory entries match your search.
dir-nomore: There are no more compatible entries in the directory.
dir-welcome: Welcome to the directory
invalid: I am sorry, that's not a valid extension. Please try again.
pbx-invalidpark: I am sorry, there is no call parked on that extension. Please try again.
pbx-parkingfailed: Parking attempt failed.
privacy-incorrect: I'm sorry, that number is not valid.
privacy-prompt: Please enter your phone number, starting with the area code.
privacy-unident: The party you are trying to reach does not accept unidentified calls.
priv-introsaved: Thank you. Please hold, while I attempt to connect you with your party!
priv-recordintro: At the tone, please say your name.
queue-callswaiting: Waiting to speak with a representative
queue-holdtime: The estimated hold time is currently
queue-periodic-announce: All of our representatives are currently busy. Please stay on the line and your call will be answered by the next available representative.
queue-thankyou: Thank you for your patience
queue-youarenext: Your call is now first in line and will be answered by the next available representative.
ss-noservice: The number you have dialed is not in service. Please check the number and try again.
transfer: Please hold while I try that extension.
tt-allbusy: All representatives of the household are currently assisting other telemarketers. Please hold and your call will be answered in the order it was received.
tt-somethingwrong: Something is terribly wrong
tt-weasels: Weasels have eaten our phone system
vm-calldiffnum: press 2 to enter a different number
vm-enter-num-to-call: please enter the number you wish to call
vm-forward-multiple: press 1 to send this message, or 2 to add another recipient.
vm-forwardoptions: press 1 to prepend a message or 2 to forward the message without prepending
""".splitlines())

# Texts that were written when everything had been chosen, for voices that were not heard before.
HELD_OUT = """\
Our neighbours bought a goat, and now nobody sleeps after five in the morning.
The recipe says to wait, but it does not say for what.
Every lighthouse on this coast has a keeper, and every keeper has a story.
Somebody left a red umbrella under the seat in front of me.
I asked the gardener about the roses; he shrugged and pointed at the sky.
The train to the coast is delayed, so please use the bus in front of the station.
Who told you that?
We will see.
Nothing in the contract forbids singing at work.
Her first novel sold badly, her second one not at all, and her third made her famous.
You can pay at the counter or by card at the machine near the exit.
The physicist drew a circle, frowned, and wiped it away with her sleeve.
An elephant never forgets, but it rarely writes anything down.
Although it was past midnight, the streets were full of people carrying candles.
Do not open the valve before the pressure has fallen.
The auction begins as soon as the last of the bidders has taken a seat.
Strength through strengths: eighth months, sixths, and twelfths.
Oh, a sea area. I see a idea.
Yesterday's newspapers are today's wrapping paper.
The orchestra tuned for so long that some of us thought it was the concert.
It rains.
Please mind the gap between the platform and the edge of the carriage.
The bridge was finished two years late, and it was the wrong colour.
Fresh snow had covered the tracks, so we waited for the dogs.
Your one-time password is 338120.
Dial 0049 30 901820 for the city office.
The bill comes to $87.35, including 19% tax.
Platform 9 3/4 does not exist.
The Treaty of 1648 ended a war of 30 years.
Mr. Lee owns 1,204 shares of IBM and 87 of AT&T.
Add 3.5 l of water at 60 degrees.
The flight BA 117 departs at 14:05 from terminal 5.
On 03/07/2025 the DAX closed at 23,419.48.
15 - 8 = 7
St. John's Rd. is closed until Dec. 24.
The PDF has 212 pages and 48 MB.
Ask for Dr. Ng in room B17, 2nd floor.
The file is called report_v2.txt.
Her record is 9.58 s over 100 m.
Population: 8,336,817 (2020).
""".splitlines()
