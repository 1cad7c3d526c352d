# Texts of the web interface in English. What stands between ⟦ and ⟧ is bold.

skip = Skip to content
theme = Light, dark, or as the system has it
language = Language

palette = Go to a page or a customer
nav-main = Main
nav-workspace = Workspace
nav-tabs = Pages
nav-find = Find or go to
nav-home = Home
nav-happened = What happened
nav-reports = Reports
nav-trends = Trends
nav-ahead = What will happen
nav-forecast = Forecast
nav-ask = Ask
nav-customers = Customers
nav-orders = Orders
nav-connect = Connect
nav-more = More
nav-settings = Settings
live-last = Receiving · last { $x }
live-none = Waiting for an event

when-today = today
when-yesterday = yesterday
when-days-ago = { $n ->
    [one] { $n } day ago
   *[other] { $n } days ago
}

signin = Sign in
signin-about = With the email address and the password of your account.
signin-do = Sign in
signin-lost = Forgot the password? Whoever runs the collector sets a new one with “crm-collector user password”.
signin-wrong = The email address or the password is wrong.
signin-slow = Too many attempts. Try again in { $n ->
    [one] { $n } second.
   *[other] { $n } seconds.
}
signin-busy = Too many people are signing in right now. Try again in a moment.
signin-nowhere = This account belongs to no workspace. Ask an owner for an invitation.
signout = Sign out
field-email = Email
field-password = Password

refused-back = Back to the start
refused-missing = There is nothing here
refused-missing-about = What this address leads to does not exist, or belongs to another workspace.
refused-right = You may not do this
refused-right-about = Only an owner of the workspace may. Nothing was changed.
refused-form = This form was not taken
refused-form-about = It came from another page, or from a session that is over. Nothing was changed. Open the page again and send it from there.
refused-busy = The collector is busy
refused-busy-about = Nothing was changed. Try again in a moment.
refused-asked = This could not be read
refused-asked-about = Something in the address or the form is not what this page takes. Nothing was changed.
refused-failed = Something failed
refused-failed-about = The collector’s log has the cause. Nothing that was stored is lost.

theme-name = Colours
theme-system = As the system
theme-light = Light
theme-dark = Dark
looks = How it looks

gone = This address leads nowhere any more
gone-about = It was used already, or its time is over. Start the collector again for a new one, or ask who invited you.

welcome = Who owns this workspace?
welcome-about = You will be able to invite others. Everything stays on this machine.
welcome-do = Go on to Connect
welcome-currency = EUR
welcome-timezone = UTC
welcome-ends = This address works once, and for { $n ->
    [one] { $n } more minute.
   *[other] { $n } more minutes.
}
road-you = You
road-connect = Connect
road-first = First event
invited = You are invited
invited-about = Choose how you are called here, and a password. If you have an account already, sign in with it first.
invited-do = Join

field-name = Name
field-workspace = Workspace
field-currency = Currency
field-timezone = Time zone
field-current-password = Current password
field-new-password = New password
field-key-name = Name of the program
hint-password = 10 characters or more. A few words do well.
hint-workspace = What your shop or product is called.
hint-timezone = Days and months of the reports go by this zone, such as Europe/London.
hint-key-name = The program that will hold it.
hint-origins = For a browser key: the sites that may use it.
wrong-name = Type a name, up to 200 characters in one line.
wrong-email = Type an address such as ada@example.com.
wrong-password = Type 10 characters or more.
wrong-workspace = Type a name, up to 200 characters in one line.
wrong-currency = Type a code such as EUR, GBP or USD.
wrong-timezone = Type a zone such as Europe/London.
wrong-origins = An origin has no path. Try https://shop.example
wrong-taken = There is one of this name or address already.
wrong-current = The current password is wrong.
wrong-other = This was not taken. Look at what is typed, and send it again.

search-do = Search
clear-search = Clear the search
export = Export
export-all = all customers
pages = Pages of the list
pages-first = First page
pages-next = Next page
computing = What is expected is being computed. This page shows it as soon as it is there.
connect-do = Connect your product

customers-search = Name, email, phone or id
customers-say = { $n ->
    [one] { $n } customer has bought; that brought { $money } net.
   *[other] { $n } customers have bought; together they brought { $money } net.
}
customers-none = No customers yet
customers-none-about = They appear with the first purchase that your product sends.
customers-nothing = Nobody matches
customers-nothing-about = No name, email address, phone number or id begins with ⟦{ $q }⟧.
customers-note = Likely a customer: the chance that he or she buys again. Next six months: what that is worth.
stage-all = All
stage-new = New
stage-active = Active
stage-loyal = Loyal
stage-slipping = Slipping
stage-one-time = One-time
stage-lost = Lost
is-new = New
is-active = Active
is-loyal = Loyal
is-slipping = Slipping
is-one-time = One-time
is-lost = Lost
col-customer = Customer
col-stage = Stage
col-bought-on = Days bought
col-spent = Net spent
col-last = Last bought
col-next = Next expected
col-alive = Likely a customer
col-expected = Next 6 months

customer-since = known since { $x }
customer-say-never = Has not bought anything yet.
customer-say-bought = Has bought. What to expect is told from the first whole day on.
customer-say-once = Bought once, ⟦{ $ago }⟧: ⟦{ $chance }⟧ likely still a customer.
customer-say-often = Bought about every { $n ->
    [one] ⟦day⟧
   *[other] ⟦{ $n } days⟧
}, last ⟦{ $ago }⟧: ⟦{ $chance }⟧ likely still a customer.
customer-gross = { $x } before refunds
customer-about = What your product says
fact-orders = Orders
fact-first = first on { $x }
fact-average = Average order
fact-refunds = Refunds
fact-refund-count = { $n ->
    [one] { $n } refund
   *[other] { $n } refunds
}
consent-yes = agreed
consent-no = not agreed
timeline = Timeline
timeline-latest = Back to the latest
timeline-earlier = Show earlier ones
timeline-empty = Nothing has happened yet.
expected = What we expect
expected-next = Next purchase by, if there is one
expected-days = Days with a purchase, six months
expected-value = Worth in six months
expected-band-name = 4 times in 5 between
expected-band = { $low } and { $high }
expected-note = From how { $n ->
    [one] { $n } customer buys and leaves
   *[other] all { $n } customers buy and leave
}, for { $days } days from { $day } on.
expected-nothing = Too little is known to expect anything. It takes a purchase on a whole day that is over.
next-items = Likely to buy next
reason-bought = bought on { $n ->
    [one] { $n } day
   *[other] { $n } days
}, last on { $day }
reason-together = bought { $lift } times as often with { $name }
reason-beside = bought by others with { $name }
reason-popular = { $n ->
    [one] { $n } basket
   *[other] { $n } baskets
} in the last { $days } days
kind-visit = Visit
kind-email = Email
kind-call = Call
kind-chat = Chat
kind-ticket = Support ticket
kind-campaign = Campaign
kind-note = Note
kind-custom = Event

order-of = Order { $x }
order-without = Order without a number
order-nobody = bought by nobody known
order-void = This order was taken back: it counts in no figure. What it was stands below.
refund-of = Refund { $x }
refund-without = Refund without a number
and-more = { $n ->
    [one] {" "}and { $n } more
   *[other] {" "}and { $n } more
}
state-paid = Paid
state-pending = Pending
state-cancelled = Cancelled
state-refunded = Refund
orders-none = No orders yet
orders-none-about = They appear as your product sends them.
orders-nothing = No order matches
orders-nothing-about = Drop a filter to see more.
orders-wrong-day = A day is written as 2026-01-31. Choose it again.
filter-number = Number
filter-from = From
filter-to = Before
filter-country = Country
filter-channel = Channel
filter-sku = Product id
filter-do = Show
filter-clear = Clear filters
col-order = Order
col-state = State
col-when = When
col-total = Total
col-product = Product
col-quantity = Quantity
col-price = Price
col-amount = Amount
lines = What was bought
line-discount = Discount
line-shipping = Delivery
line-fee = Fee
line-tip = Tip
line-gift-card = Gift card
refunds = Given back for it
versions = What it was before
version-void = taken back
version-first = As it was first sent
version-about = { $state }, { $money }, { $n ->
    [one] { $n } line
   *[other] { $n } lines
}
sums = What it is made of
sum-gross = Products
sum-discounts = Discounts
sum-shipping = Delivery
sum-tax = Tax
sum-tips = Tips
sum-fees = Fees
sum-gift-cards = Gift cards
sum-rounding = Rounding
sum-adjustment = Adjustment

connect-about = Send customers and purchases; reports fill from the first one.
connect-key = Your key
connect-key-about = For the program that sends. It may send and read.
connect-key-do = Make a key
connect-key-once = For the program that sends. It is shown this once: copy it now. Only a fingerprint of it is kept.
connect-key-owner = An owner of the workspace makes it. Ask one of them.
connect-send = Send one purchase
connect-send-filled = Your key is already in it.
connect-send-about = Put your key in its place.
connect-waiting = Waiting for your first event…
connect-waiting-about = This page turns by itself when it comes.
connect-waiting-key = Copy the key first; then look whether something came.
connect-look = See what came
connect-arrived = You are connected
connect-arrived-about = Last event { $x }.
connect-rejected = { $n ->
    [one] { $n } event was not taken.
   *[other] { $n } events were not taken.
}
connect-not-taken = not taken
connect-why = See why
copy = Copy

tab-workspace = Workspace
tab-people = People
tab-keys = Keys
tab-rejected = Rejected events
tab-audit = Audit log
tab-about = About
workspace-change = Whoever runs the collector changes these with “crm-collector workspace”.
account = Your account
password-change = Change the password
password-changed = The password is changed, and your other sessions have ended.
sessions = Sessions
sessions-about = Ends your sessions in all other browsers.
sessions-do = Sign out everywhere else
sessions-ended = Your other sessions have ended.
role-owner = owner
role-analyst = analyst
role-owner-about = Owner: reads, sends, changes people and keys
role-analyst-about = Analyst: reads everything, changes nothing
col-role = Role
invitations = Invited
invite = Invite somebody
invite-about = You get an address to send to the person yourself. It works once.
invite-do = Invite
invite-made = Send this address to { $x } yourself. It is shown this once.
invite-ends = until { $x }
invite-withdraw = Withdraw
keys = Keys
keys-all = All keys
keys-none = No program has a key yet.
key-made = This is the key “{ $x }”. It is shown this once: copy it now.
key-make = Make a key
key-may = It may
key-kind = Where it is used
key-origins = Web origins
key-used = in use
key-unused = never used
key-ending = being replaced
key-ended = ended
key-until = until { $x }
key-replace = Replace it
key-replace-about = Makes a new key. This one works for 24 hours more.
key-revoke = Revoke it
key-revoke-about = From now on what it sends is refused. Nothing that is stored goes away.
kind-server = server
kind-browser = browser
kind-server-about = On a server, where nobody reads it
kind-browser-about = In web pages, where everybody reads it
scope-ingest = send
scope-ingest-about = customers, purchases and interactions
scope-read = read
scope-read-about = reports, customers, forecasts
col-may = May
col-used = Last used
col-made = Made
col-actions = Change
col-who = Who
col-what = What
col-subject = To what
rejected = Rejected events
rejected-say = { $n ->
    [0] None waits.
    [one] { $n } event waits. It is kept as it was sent; mend its cause and try it again.
   *[other] { $n } events wait. They are kept as they were sent; mend the cause and try them again.
}
rejected-none = Nothing was rejected
rejected-none-about = What a program sends and is not taken stands here, with the reason.
rejected-replay = Try again
rejected-replay-all = Try all again
rejected-sent = What was sent
rejected-done = { $stored ->
    [one] { $stored } event is
   *[other] { $stored } events are
} stored now; { $still ->
    [0] none was rejected again.
    [one] { $still } was rejected again.
   *[other] { $still } were rejected again.
}
actor-cli = command line
did-customer-erase = erased a customer
did-import-void = took an import back
did-invitation-accept = took an invitation
did-invitation-create = invited somebody
did-invitation-withdraw = withdrew an invitation
did-key-create = made a key
did-key-revoke = revoked a key
did-key-rotate = replaced a key
did-user-add = added a person
did-user-password = changed a password
did-user-register = made an account
did-workspace-add = made the workspace
about-version = Version
about-endpoint = Address for programs
about-api = Its API, described

range-all = All days
range-months = Last 12 months
range-from = From
range-to = To before
range-show = Show
range = Days
buckets = Length of a period
bucket-day = Day
bucket-week = Week
bucket-month = Month
bucket-quarter = Quarter
bucket-year = Year
measures = What is counted
parts = Divided by
parts-none = The whole
figures-export = exact figures
figures-page = one file
figures-computing = The figures are being computed. This page looks again by itself.

home-say = { $month }: ⟦{ $net } net⟧ after { $n ->
    [one] { $n } day
   *[other] { $n } days
}.
home-more = That is ⟦{ $percent } more⟧ than in the same days of the month before.
home-less = That is ⟦{ $percent } less⟧ than in the same days of the month before.
home-expected = By { $day } expect about ⟦{ $point }⟧, 4 times in 5 between { $low } and { $high }.
home-was = from { $x }
home-strip = Beside the same days of the month before. Bars: the last 30 days, this month in blue.
home-changed = What changed
home-all-trends = All trends
home-trend = { $low } → { $high } a week since { $day }
home-at-stake = a month
home-last = Bought last
home-all-orders = All orders
home-anonymous = Without a customer
home-nothing = Nothing was bought yet
figures-nothing-about = As soon as the first purchase arrives, this page fills.
home-nothing-about = As soon as the first purchase arrives, this page tells how the month goes, what is expected and what changed.

nav-todo = What to do
nav-recommendations = Recommendations
advice-sub = The most money first. Each says why, and how sure.
advice-lists = Lists
advice-kinds = Kinds
advice-open = Inbox
advice-accepted = Taken on
advice-snoozed = Snoozed
advice-done = Done
advice-dismissed = Dismissed
advice-held = Held back
advice-kind-all = All
advice-kind-win-back = Win back
advice-kind-second = Second order
advice-kind-replenish = Due again
advice-kind-together = Sell together
advice-kind-falling = Falling
advice-kind-refunds = Refunds
advice-kind-concentration = Few customers
advice-say-open = { $n ->
    [0] Nothing is open.
    [one] One thing to do.
   *[other] { $n } things to do.
  }
advice-say-held = { $n ->
    [0] Nobody is held back.
    [one] One customer, drawn by lot, is left alone for now, so that it can be told what acting brings.
   *[other] { $n } customers, drawn by lot, are left alone for now, so that it can be told what acting brings.
  }
advice-empty = Nothing here
advice-nothing = There is nothing that the figures would justify just now. As orders come in, this list fills by itself.
advice-nothing-here = No recommendation stands like this. Choose another list or kind above.
advice-why = Why, and what is behind it
advice-by = by { $x }
advice-at-stake = at stake
advice-also = Also for this customer: { $x }
advice-until = Until { $x }
advice-accept = Take on
advice-did = Done
advice-snooze = Snooze a week
advice-dismiss = Dismiss:
advice-reason-did = did it already
advice-reason-wrong = wrong customer or product
advice-reason-worth = not worth it
advice-all = Show all
advice-note = Money at stake is a lower bound for ten weeks: four of five times like it brought more. It is what there is to be kept or won, not what acting earns.
link-customer = The customer
link-trends = Trends
link-orders = The orders
link-customers = Customers by what they spent
home-todo = What to do
home-all-todo = All recommendations
advice-results = Results

ask-about = Answers come from your reports and are computed here. Nothing leaves this machine.
ask-question = Your question
ask-do = Ask
ask-try = You could ask
ask-understood = Understood as
ask-open = Open the page that shows it
ask-on = Ask on, such as “and last year?” or “by country”
ask-same = The same without words
ask-too-long = A question has at most { $n } characters. Shorten it and ask again.
ask-gone = There is none, or not any more: { $x }
