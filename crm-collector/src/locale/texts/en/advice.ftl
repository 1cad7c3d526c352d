# Recommendations: what to do in one sentence, and why in a few. Every figure is one of the facts.

advice-chance = Left alone, the chance of a purchase within { $weeks } weeks is { $chance }.

advice-win-back = Write to { $who } by { $by }: { $stake } is at stake.
advice-win-back-rhythm = { $days ->
    [one] One day
   *[other] { $days } days
  } with a purchase, usually every { $gap ->
    [one] day
   *[other] { $gap } days
  }; the longest pause was { $longest ->
    [one] one day
   *[other] { $longest } days
  }, and now it has been { $silent }.
advice-win-back-money = While they bought, half of the spans of { $weeks } weeks brought { $usual } or more. Of { $returned } customers who slipped so and came back, four of five brought at least { $share } of what was usual of them: that is { $stake }.
advice-win-back-own = While they bought, half of the spans of { $weeks } weeks brought { $usual } or more, and four of five { $stake } or more.

advice-second = Invite { $who } to a second order by { $by }: { $stake } is at stake.
advice-second-first = They bought once, on { $on }, for { $spent }.
advice-second-usual = Of { $returned } customers who came back, half did so within { $half ->
    [one] a day
   *[other] { $half } days
  } and three quarters within { $most ->
    [one] a day
   *[other] { $most } days
  }.
advice-second-money = After a first order of like size, four of five second orders came to more than { $stake }.

advice-replenish = Offer { $who } { $product } by { $by }: they usually take { $quantity }, and { $stake } is at stake.
advice-replenish-cycle = They have bought it on { $days ->
    [one] one day
   *[other] { $days } days
  }, usually every { $gap ->
    [one] day
   *[other] { $gap } days
  }, last on { $last }.
advice-replenish-pause = They have never waited longer than { $longest ->
    [one] a day
   *[other] { $longest } days
  }; now it has been { $silent }.
advice-replenish-money = Four of five times they took it for more than { $stake }; usually { $quantity } at a time.

advice-replenish-chance = The chance that they buy it within { $weeks } weeks is { $chance }: so it went with { $cases } like it.

advice-together = Offer { $product } to the { $customers ->
    [one] customer
   *[other] { $customers } customers
  } who bought { $with } in the last three months and never this: { $stake } is at stake.
advice-together-pair = It is in { $both } of { $first ->
    [one] one order
   *[other] { $first } orders
  } with { $with }.
advice-together-went = Of { $had ->
    [one] one customer
   *[other] { $had } customers
  } who had { $with } and not this, { $went } went on to buy it within { $weeks } weeks.
advice-together-money = Four of five who bought it paid more than { $price }.

advice-falling = Look into { $product }: it brings { $month } a month less than would be usual.
advice-trend-since = Since { $since } it has been { $actual } a week where { $expected } would be usual.
advice-trend-cause = What stands out: { $cause }.
advice-trend-money = If it stays so, that is { $stake } over { $weeks } weeks.
advice-refunds = Look at how { $product } is described and packed: { $returned } of { $sold } order lines came back.
advice-refunds-rate = That is { $its } % of its order lines in twelve months, where the shop has { $rate } %; chance does not explain it.
advice-refunds-who = { $customers ->
    [one] One customer
   *[other] { $customers } different customers
  } sent it back, for { $money }.
advice-refunds-money = What came back beyond the usual is worth { $stake } in { $weeks } weeks; why it comes back the data does not say.

advice-concentration = Look after { $names }: { $customers ->
    [one] this customer brings
   *[other] these { $customers } bring
  } { $share } of what known customers buy.
advice-concentration-share = { $money } in twelve months, from { $customers } of { $buyers ->
    [one] one customer
   *[other] { $buyers } customers
  }.
advice-concentration-money = Four of five spans of { $weeks } weeks brought more than { $stake } from them.

brief-happened = What happened
brief-changed = What changed
brief-expected = What to expect
brief-todo = What to do
brief-month = { $month } closed at { $net }, { $way ->
    [up] { $percent } above
    [down] { $percent } below
   *[same] about as much as
  } { $than ->
    [year] the same month a year before
   *[month] the month before
  } ({ $before }).
brief-month-alone = { $month } closed at { $net }.
brief-orders = { $orders } orders against { $orders-before }; { $average } each against { $average-before }.
brief-so-far = { $month } stands at { $net } up to { $day }, { $way ->
    [up] { $percent } more than
    [down] { $percent } less than
   *[same] about as much as
  } on the same days { $than ->
    [year] a year before
   *[month] of the month before
  } ({ $before }).
brief-nothing-sold = Nothing has been sold yet.
brief-ahead = { $month }: about { $point }, four times in five between { $lower } and { $upper }.
brief-tested = Tried on { $origins ->
    [one] one earlier date, such a forecast was { $error } off; repeating the past was { $naive } off.
   *[other] { $origins } earlier dates, such forecasts were { $error } off on average; repeating the past was { $naive } off.
  }
brief-trend = { $name }: { $actual } a week since { $since }, where { $expected } would be usual.
brief-launch = { $name } is new since { $since }: { $actual } a week.
brief-end = { $name } has hardly been sold since { $since }; { $expected } a week were usual.
brief-all = All sales
