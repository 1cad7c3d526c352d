# Рекомендации: что сделать — одной фразой, почему — несколькими. Каждое число — один из фактов.

advice-chance = Если ничего не делать, вероятность покупки за { $weeks ->
    [one] { $weeks } неделю
    [few] { $weeks } недели
   *[other] { $weeks } недель
  } — { $chance }.

advice-win-back = Напишите клиенту { $who } до { $by }: на кону { $stake }.
advice-win-back-rhythm = { $days ->
    [one] { $days } день
    [few] { $days } дня
   *[other] { $days } дней
  } с покупкой, обычно раз в { $gap ->
    [one] { $gap } день
    [few] { $gap } дня
   *[other] { $gap } дней
  }; самый долгий перерыв — { $longest ->
    [one] { $longest } день
    [few] { $longest } дня
   *[other] { $longest } дней
  }, а сейчас прошло уже { $silent }.
advice-win-back-money = Пока покупки шли, { $weeks } недель подряд в половине случаев приносили { $usual } и больше. Из { $returned ->
    [one] { $returned } клиента, который так же пропал
   *[other] { $returned } клиентов, которые так же пропали
  } и вернулись, четверо из пяти принесли не меньше { $share } своего обычного: это { $stake }.
advice-win-back-own = Пока покупки шли, { $weeks } недель подряд в половине случаев приносили { $usual } и больше, в четырёх из пяти — { $stake } и больше.

advice-second = Пригласите клиента { $who } сделать второй заказ до { $by }: на кону { $stake }.
advice-second-first = Была одна покупка, { $on }, на { $spent }.
advice-second-usual = Из { $returned ->
    [one] { $returned } вернувшегося клиента
   *[other] { $returned } вернувшихся клиентов
  } половина пришла снова за { $half ->
    [one] { $half } день
    [few] { $half } дня
   *[other] { $half } дней
  }, три четверти — за { $most ->
    [one] { $most } день
    [few] { $most } дня
   *[other] { $most } дней
  }.
advice-second-money = После первого заказа такого размера четыре вторых заказа из пяти были больше { $stake }.

advice-replenish = Предложите клиенту { $who } { $product } до { $by }: обычно берёт { $quantity } шт., на кону { $stake }.
advice-replenish-cycle = Этот товар клиент покупал в { $days ->
    [one] { $days } день
    [few] { $days } дня
   *[other] { $days } дней
  }, обычно раз в { $gap ->
    [one] { $gap } день
    [few] { $gap } дня
   *[other] { $gap } дней
  }, в последний раз { $last }.
advice-replenish-pause = Дольше { $longest ->
    [one] { $longest } дня
   *[other] { $longest } дней
  } перерыва не было ни разу; сейчас прошло { $silent ->
    [one] { $silent } день
    [few] { $silent } дня
   *[other] { $silent } дней
  }.
advice-replenish-money = В четырёх случаях из пяти покупка этого товара была больше { $stake }; обычно { $quantity } шт. за раз.

advice-replenish-chance = Вероятность, что клиент купит его за { $weeks ->
    [one] { $weeks } неделю
    [few] { $weeks } недели
   *[other] { $weeks } недель
  }, — { $chance }: так было в { $cases ->
    [one] { $cases } похожем случае
   *[other] { $cases } похожих случаях
  }.

advice-together = Предложите { $product } { $customers ->
    [one] { $customers } клиенту, который брал
   *[other] { $customers } клиентам, которые брали
  } { $with } за последние три месяца, а этот товар — никогда: на кону { $stake }.
advice-together-pair = Он есть в { $both } из { $first ->
    [one] { $first } заказа
   *[other] { $first } заказов
  }, где есть { $with }.
advice-together-went = Из { $had ->
    [one] { $had } клиента
   *[other] { $had } клиентов
  }, у кого был { $with }, а этого товара не было, за { $weeks ->
    [one] { $weeks } неделю
    [few] { $weeks } недели
   *[other] { $weeks } недель
  } его { $went ->
    [one] купил { $went }
   *[other] купили { $went }
  }.
advice-together-money = Четверо из пяти, кто его покупал, платили больше { $price }.

advice-falling = Разберитесь, что с { $product }: приносит на { $month } в месяц меньше обычного.
advice-trend-since = { $since } — начало перемены: теперь { $actual } в неделю, а обычно было бы { $expected }.
advice-trend-cause = Что заметно: { $cause }.
advice-trend-money = Если так останется, за { $weeks ->
    [one] { $weeks } неделю
    [few] { $weeks } недели
   *[other] { $weeks } недель
  } это { $stake }.
advice-refunds = Проверьте, как описан и упакован { $product }: вернули { $returned } из { $sold } строк заказов.
advice-refunds-rate = Это { $its } % строк заказов за двенадцать месяцев, а по магазину — { $rate } %; случайностью это не объяснить.
advice-refunds-who = { $customers ->
    [one] Вернул { $customers } клиент
    [few] Вернули { $customers } разных клиента
   *[other] Вернули { $customers } разных клиентов
  }, всего на { $money }.
advice-refunds-money = Возвраты сверх обычного стоят { $stake } за { $weeks ->
    [one] { $weeks } неделю
    [few] { $weeks } недели
   *[other] { $weeks } недель
  }; почему товар возвращают, по данным не видно.

advice-concentration = Берегите { $names }: { $customers ->
    [one] этот клиент приносит
   *[other] эти { $customers } клиента приносят
  } { $share } всего, что покупают известные клиенты.
advice-concentration-share = { $money } за двенадцать месяцев — от { $customers } из { $buyers ->
    [one] { $buyers } клиента
   *[other] { $buyers } клиентов
  }.
advice-concentration-money = Четыре отрезка по { $weeks } недель из пяти приносили от них больше { $stake }.

brief-happened = Что произошло
brief-changed = Что изменилось
brief-expected = Чего ждать
brief-todo = Что делать
brief-month = { $month }: { $net } — { $way ->
    [up] на { $percent } больше
    [down] на { $percent } меньше
   *[same] примерно столько же
  }, { $way ->
    [same] сколько
   *[other] чем
  } { $than ->
    [year] годом раньше
   *[month] месяцем раньше
  } ({ $before }).
brief-month-alone = { $month }: { $net }.
brief-orders = Заказов { $orders }, было { $orders-before }; средний заказ { $average }, был { $average-before }.
brief-so-far = { $month }, по { $day }: { $net } — { $way ->
    [up] на { $percent } больше
    [down] на { $percent } меньше
   *[same] примерно столько же
  }, { $way ->
    [same] сколько
   *[other] чем
  } за те же дни { $than ->
    [year] годом раньше
   *[month] месяцем раньше
  } ({ $before }).
brief-nothing-sold = Пока ничего не продано.
brief-ahead = { $month }: около { $point }, в четырёх случаях из пяти — от { $lower } до { $upper }.
brief-tested = На { $origins ->
    [one] { $origins } прошлой дате
   *[other] { $origins } прошлых датах
  } такой прогноз ошибался в среднем на { $error }, а повторение прошлого — на { $naive }.
brief-trend = { $name }: { $actual } в неделю вместо обычных { $expected }; начало перемены — { $since }.
brief-launch = { $name }: новинка, первая продажа — { $since }; теперь { $actual } в неделю.
brief-end = { $name }: почти не продаётся, последняя перемена — { $since }; обычно было { $expected } в неделю.
brief-all = Все продажи
