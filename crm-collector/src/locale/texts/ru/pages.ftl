# Тексты веб-интерфейса на русском. Между ⟦ и ⟧ — полужирный шрифт.

skip = Перейти к содержанию
theme = Светлая, тёмная или как в системе
language = Язык

palette = Перейти к странице или клиенту
nav-main = Главное меню
nav-workspace = Рабочее пространство
nav-tabs = Страницы
nav-find = Поиск
nav-home = Главная
nav-happened = Что произошло
nav-reports = Отчёты
nav-trends = Тренды
nav-ahead = Что будет
nav-forecast = Прогноз
nav-ask = Спросить
nav-customers = Клиенты
nav-orders = Заказы
nav-connect = Подключение
nav-more = Ещё
nav-settings = Настройки
live-last = Данные поступают · { $x }
live-none = Ждём первое событие

when-today = сегодня
when-yesterday = вчера
when-days-ago = { $n ->
    [one] { $n } день назад
    [few] { $n } дня назад
   *[other] { $n } дней назад
}

signin = Вход
signin-about = Введите адрес электронной почты и пароль.
signin-do = Войти
signin-lost = Забыли пароль? Новый задаёт тот, кто обслуживает сервер: «crm-collector user password».
signin-wrong = Неверный адрес электронной почты или пароль.
signin-slow = Слишком много попыток. Повторите через { $n ->
    [one] { $n } секунду.
    [few] { $n } секунды.
   *[other] { $n } секунд.
}
signin-busy = Сейчас входит слишком много людей. Повторите через минуту.
signin-nowhere = Эта учётная запись не относится ни к одному рабочему пространству. Попросите владельца пригласить вас.
signout = Выйти
field-email = Электронная почта
field-password = Пароль

refused-back = Вернуться в начало
refused-missing = Здесь ничего нет
refused-missing-about = Такой страницы нет, или она относится к другому рабочему пространству.
refused-right = У вас нет прав на это
refused-right-about = Это может сделать только владелец рабочего пространства. Ничего не изменено.
refused-form = Форма не принята
refused-form-about = Она пришла с другой страницы, или сеанс уже завершён. Ничего не изменено. Откройте страницу заново и отправьте форму с неё.
refused-busy = Сервер занят
refused-busy-about = Ничего не изменено. Повторите через минуту.
refused-asked = Не удалось прочитать запрос
refused-asked-about = Адрес или форма содержат то, чего эта страница не принимает. Ничего не изменено.
refused-failed = Произошла ошибка
refused-failed-about = Причина записана в журнале сервера. Сохранённые данные не потеряны.

theme-name = Цвета
theme-system = Как в системе
theme-light = Светлые
theme-dark = Тёмные
looks = Внешний вид

gone = Этот адрес больше никуда не ведёт
gone-about = Им уже воспользовались, или его срок истёк. Перезапустите сервер, чтобы получить новый, или обратитесь к тому, кто вас пригласил.

welcome = Кто владелец этого рабочего пространства?
welcome-about = Потом вы сможете пригласить других. Все данные остаются на этом компьютере.
welcome-do = Перейти к подключению
welcome-currency = RUB
welcome-timezone = Europe/Moscow
welcome-ends = Адрес действует один раз и ещё { $n ->
    [one] { $n } минуту.
    [few] { $n } минуты.
   *[other] { $n } минут.
}
road-you = О вас
road-connect = Подключение
road-first = Первое событие
invited = Вас пригласили
invited-about = Укажите имя и придумайте пароль. Если у вас уже есть учётная запись, сначала войдите в неё.
invited-do = Присоединиться

field-name = Имя
field-workspace = Рабочее пространство
field-currency = Валюта
field-timezone = Часовой пояс
field-current-password = Текущий пароль
field-new-password = Новый пароль
field-key-name = Название программы
hint-password = Не менее 10 символов. Подойдёт фраза из нескольких слов.
hint-workspace = Как называется ваш магазин или продукт.
hint-timezone = По этому поясу считаются дни и месяцы в отчётах, например Europe/Moscow.
hint-key-name = Программа, которая будет пользоваться ключом.
hint-origins = Для браузерного ключа: сайты, на которых он работает.
wrong-name = Введите имя: одна строка, не длиннее 200 символов.
wrong-email = Введите адрес, например ada@example.com.
wrong-password = Введите не менее 10 символов.
wrong-workspace = Введите название: одна строка, не длиннее 200 символов.
wrong-currency = Введите код валюты, например RUB, EUR или USD.
wrong-timezone = Введите часовой пояс, например Europe/Moscow.
wrong-origins = Адрес сайта указывается без пути, например https://shop.example
wrong-taken = Такое имя или такой адрес уже есть.
wrong-current = Текущий пароль неверен.
wrong-other = Данные не приняты. Проверьте введённое и отправьте ещё раз.

search-do = Найти
clear-search = Сбросить поиск
export = Выгрузить
export-all = все клиенты
pages = Страницы списка
pages-first = Первая страница
pages-next = Следующая страница
computing = Прогноз рассчитывается. Он появится на этой странице, как только будет готов.
connect-do = Подключить ваш продукт

customers-search = Имя, почта, телефон или номер
customers-say = { $n ->
    [one] Покупал { $n } клиент; чистая выручка — { $money }.
    [few] Покупали { $n } клиента; чистая выручка — { $money }.
   *[other] Покупали { $n } клиентов; чистая выручка — { $money }.
}
customers-none = Клиентов пока нет
customers-none-about = Они появятся с первой покупкой, о которой сообщит ваш продукт.
customers-nothing = Никто не найден
customers-nothing-about = Ни одно имя, адрес, телефон или номер не начинается с ⟦{ $q }⟧.
customers-note = Вероятность возврата — что клиент ещё купит. Ближайшие 6 месяцев — сколько это принесёт.
stage-all = Все
stage-new = Новые
stage-active = Активные
stage-loyal = Постоянные
stage-slipping = Уходящие
stage-lost = Потерянные
stage-one-time = Купившие однажды
is-new = Новый
is-active = Активный
is-loyal = Постоянный
is-slipping = Уходящий
is-one-time = Разовый
is-lost = Потерянный
col-customer = Клиент
col-stage = Этап
col-bought-on = Дней с покупкой
col-spent = Чистая выручка
col-last = Последняя покупка
col-next = Следующая
col-alive = Вероятность возврата
col-expected = За 6 месяцев

customer-since = известен с { $x }
customer-say-never = Ещё ничего не покупал.
customer-say-bought = Уже покупал. Прогноз появится после первого полного дня.
customer-say-once = Одна покупка, ⟦{ $ago }⟧: вероятность, что клиент вернётся, — ⟦{ $chance }⟧.
customer-say-often = Покупает примерно { $n ->
    [one] раз в ⟦{ $n } день⟧
    [few] раз в ⟦{ $n } дня⟧
   *[other] раз в ⟦{ $n } дней⟧
}, последний раз — ⟦{ $ago }⟧: вероятность, что клиент вернётся, — ⟦{ $chance }⟧.
customer-gross = { $x } до возвратов
customer-about = Что сообщает ваш продукт
fact-orders = Заказы
fact-first = первый — { $x }
fact-average = Средний чек
fact-refunds = Возвраты
fact-refund-count = { $n ->
    [one] { $n } возврат
    [few] { $n } возврата
   *[other] { $n } возвратов
}
consent-yes = согласие есть
consent-no = согласия нет
timeline = История
timeline-latest = К последним событиям
timeline-earlier = Показать более ранние
timeline-empty = Пока ничего не произошло.
expected = Чего ожидать
expected-next = Следующая покупка, если будет, — до
expected-days = Дней с покупкой за 6 месяцев
expected-value = Принесёт за 6 месяцев
expected-band-name = В 4 случаях из 5
expected-band = от { $low } до { $high }
expected-note = По тому, как покупают и уходят { $n ->
    [one] { $n } клиент
    [few] { $n } клиента
   *[other] { $n } клиентов
}; на { $days } дней вперёд, начиная с { $day }.
expected-nothing = Данных для прогноза пока мало: нужна покупка в день, который уже закончился.
next-items = Вероятно, купит
reason-bought = покупки: { $n ->
    [one] { $n } день
    [few] { $n } дня
   *[other] { $n } дней
}, последняя — { $day }
reason-together = в { $lift } раза чаще берут вместе с «{ $name }»
reason-beside = другие берут вместе с «{ $name }»
reason-popular = { $n ->
    [one] { $n } корзина
    [few] { $n } корзины
   *[other] { $n } корзин
} за { $days } дней
kind-visit = Посещение
kind-email = Письмо
kind-call = Звонок
kind-chat = Чат
kind-ticket = Обращение в поддержку
kind-campaign = Рассылка
kind-note = Заметка
kind-custom = Событие

order-of = Заказ { $x }
order-without = Заказ без номера
order-nobody = покупатель неизвестен
order-void = Этот заказ отозван и не входит ни в одну сумму. Каким он был, показано ниже.
refund-of = Возврат { $x }
refund-without = Возврат без номера
and-more = { $n ->
    [one] {" "}и ещё { $n }
   *[other] {" "}и ещё { $n }
}
state-paid = Оплачен
state-pending = Ожидает оплаты
state-cancelled = Отменён
state-refunded = Возврат
orders-none = Заказов пока нет
orders-none-about = Они появятся, когда о них сообщит ваш продукт.
orders-nothing = Заказы не найдены
orders-nothing-about = Уберите один из фильтров.
orders-wrong-day = День записывается так: 2026-01-31. Выберите его ещё раз.
filter-number = Номер
filter-from = С
filter-to = До
filter-country = Страна
filter-channel = Канал
filter-sku = Код товара
filter-do = Показать
filter-clear = Сбросить фильтры
col-order = Заказ
col-state = Состояние
col-when = Когда
col-total = Сумма
col-product = Товар
col-quantity = Количество
col-price = Цена
col-amount = Стоимость
lines = Что куплено
line-discount = Скидка
line-shipping = Доставка
line-fee = Сбор
line-tip = Чаевые
line-gift-card = Подарочная карта
refunds = Возвраты по заказу
versions = Каким он был раньше
version-void = отозван
version-first = Как было отправлено впервые
version-about = { $state }, { $money }, { $n ->
    [one] { $n } позиция
    [few] { $n } позиции
   *[other] { $n } позиций
}
sums = Из чего складывается
sum-gross = Товары
sum-discounts = Скидки
sum-shipping = Доставка
sum-tax = Налог
sum-tips = Чаевые
sum-fees = Сборы
sum-gift-cards = Подарочные карты
sum-rounding = Округление
sum-adjustment = Корректировка

connect-about = Сообщайте о клиентах и покупках: отчёты заполняются с первой из них.
connect-key = Ваш ключ
connect-key-about = Для программы, которая отправляет данные. С ним можно отправлять и читать.
connect-key-do = Создать ключ
connect-key-once = Для программы, которая отправляет данные. Ключ показан один раз: скопируйте его сейчас. Хранится только его отпечаток.
connect-key-owner = Ключ создаёт владелец рабочего пространства. Обратитесь к нему.
connect-send = Отправьте одну покупку
connect-send-filled = Ваш ключ уже подставлен.
connect-send-about = Подставьте свой ключ.
connect-waiting = Ждём первое событие…
connect-waiting-about = Страница обновится сама, когда оно придёт.
connect-waiting-key = Сначала скопируйте ключ, затем проверьте, пришло ли что-нибудь.
connect-look = Посмотреть, что пришло
connect-arrived = Подключение работает
connect-arrived-about = Последнее событие: { $x }.
connect-rejected = { $n ->
    [one] Не принято { $n } событие.
    [few] Не приняты { $n } события.
   *[other] Не принято { $n } событий.
}
connect-not-taken = не принято
connect-why = Посмотреть причину
copy = Скопировать

tab-workspace = Рабочее пространство
tab-people = Люди
tab-keys = Ключи
tab-rejected = Отклонённые события
tab-audit = Журнал изменений
tab-about = О программе
workspace-change = Это меняет тот, кто обслуживает сервер: «crm-collector workspace».
account = Ваша учётная запись
password-change = Сменить пароль
password-changed = Пароль изменён, остальные сеансы завершены.
sessions = Сеансы
sessions-about = Завершает ваши сеансы во всех остальных браузерах.
sessions-do = Выйти на всех остальных устройствах
sessions-ended = Остальные сеансы завершены.
role-owner = владелец
role-analyst = аналитик
role-owner-about = Владелец: читает, отправляет, управляет людьми и ключами
role-analyst-about = Аналитик: всё читает, ничего не меняет
col-role = Роль
invitations = Приглашены
invite = Пригласить
invite-about = Вы получите адрес и отправите его сами. Он действует один раз.
invite-do = Пригласить
invite-made = Отправьте этот адрес сами: { $x }. Он показан один раз.
invite-ends = до { $x }
invite-withdraw = Отозвать
keys = Ключи
keys-all = Все ключи
keys-none = Ни у одной программы пока нет ключа.
key-made = Это ключ «{ $x }». Он показан один раз: скопируйте его сейчас.
key-make = Создать ключ
key-may = Разрешено
key-kind = Где используется
key-origins = Адреса сайтов
key-used = используется
key-unused = не использовался
key-ending = заменяется
key-ended = закончился
key-until = до { $x }
key-replace = Заменить
key-replace-about = Будет создан новый ключ. Этот проработает ещё 24 часа.
key-revoke = Отозвать
key-revoke-about = С этого момента всё, что отправлено с ним, будет отклонено. Сохранённые данные останутся.
kind-server = сервер
kind-browser = браузер
kind-server-about = На сервере, где его никто не видит
kind-browser-about = На веб-страницах, где его видят все
scope-ingest = отправлять
scope-ingest-about = клиентов, покупки и взаимодействия
scope-read = читать
scope-read-about = отчёты, клиентов, прогнозы
col-may = Разрешено
col-used = Использован
col-made = Создан
col-actions = Изменить
col-who = Кто
col-what = Что сделано
col-subject = С чем
rejected = Отклонённые события
rejected-say = { $n ->
    [0] Ничего не ждёт.
    [one] Ждёт { $n } событие. Оно хранится, как было отправлено: устраните причину и повторите.
    [few] Ждут { $n } события. Они хранятся, как были отправлены: устраните причину и повторите.
   *[other] Ждут { $n } событий. Они хранятся, как были отправлены: устраните причину и повторите.
}
rejected-none = Ничего не отклонено
rejected-none-about = Здесь появится то, что программа отправила и что не было принято, с указанием причины.
rejected-replay = Повторить
rejected-replay-all = Повторить все
rejected-sent = Что было отправлено
rejected-done = { $stored ->
    [one] Сохранено { $stored } событие
    [few] Сохранены { $stored } события
   *[other] Сохранено { $stored } событий
}; { $still ->
    [0] повторных отказов нет.
   *[other] снова отклонено: { $still }.
}
actor-cli = командная строка
did-customer-erase = удалены данные клиента
did-import-void = отозван импорт
did-invitation-accept = принято приглашение
did-invitation-create = отправлено приглашение
did-invitation-withdraw = отозвано приглашение
did-key-create = создан ключ
did-key-revoke = отозван ключ
did-key-rotate = заменён ключ
did-user-add = добавлен человек
did-user-password = изменён пароль
did-user-register = создана учётная запись
did-workspace-add = создано рабочее пространство
about-version = Версия
about-endpoint = Адрес для программ
about-api = Описание API

range-all = Всё время
range-months = Последние 12 месяцев
range-from = С
range-to = До (не включая)
range-show = Показать
range = Дни
buckets = Длина периода
bucket-day = День
bucket-week = Неделя
bucket-month = Месяц
bucket-quarter = Квартал
bucket-year = Год
measures = Что считать
parts = По чему разделить
parts-none = Целиком
figures-export = точные числа
figures-page = один файл
figures-computing = Показатели ещё считаются. Страница обновится сама.

home-say = { $month }: ⟦чистая выручка { $net }⟧ за { $n ->
    [one] { $n } день
    [few] { $n } дня
   *[many] { $n } дней
}.
home-more = Это ⟦на { $percent } больше⟧, чем за те же дни прошлого месяца.
home-less = Это ⟦на { $percent } меньше⟧, чем за те же дни прошлого месяца.
home-expected = К { $day } ожидается около ⟦{ $point }⟧, в 4 случаях из 5 от { $low } до { $high }.
home-was = было { $x }
home-strip = В сравнении с теми же днями прошлого месяца. Столбцы: последние 30 дней, этот месяц — синим.
home-changed = Что изменилось
home-all-trends = Все тренды
home-trend = { $low } → { $high } в неделю с { $day }
home-at-stake = в месяц
home-last = Последние покупки
home-all-orders = Все заказы
home-anonymous = Без клиента
home-nothing = Покупок пока нет
figures-nothing-about = Как только придёт первая покупка, эта страница заполнится.
home-nothing-about = Как только придёт первая покупка, здесь будет видно, как идёт месяц, чего ждать и что изменилось.

nav-todo = Что делать
nav-recommendations = Рекомендации
advice-sub = Сначала — где больше денег. У каждой сказано, почему и насколько это надёжно.
advice-lists = Списки
advice-kinds = Виды
advice-open = Входящие
advice-accepted = В работе
advice-snoozed = Отложены
advice-done = Сделаны
advice-dismissed = Отклонены
advice-held = Контрольная группа
advice-kind-all = Все
advice-kind-win-back = Вернуть клиента
advice-kind-second = Второй заказ
advice-kind-replenish = Пора докупить
advice-kind-together = Продавать вместе
advice-kind-falling = Падает
advice-kind-refunds = Возвраты
advice-kind-concentration = Мало клиентов
advice-say-open = { $n ->
    [0] Открытых дел нет.
    [one] { $n } дело.
    [few] { $n } дела.
   *[other] { $n } дел.
  }
advice-say-held = { $n ->
    [0] В контрольной группе никого нет.
    [one] { $n } клиента, выбранного жребием, пока не трогаем: так видно, что дают рекомендации.
   *[other] { $n } клиентов, выбранных жребием, пока не трогаем: так видно, что дают рекомендации.
  }
advice-empty = Здесь пусто
advice-nothing = Сейчас цифры не подсказывают ничего. По мере поступления заказов список пополнится сам.
advice-nothing-here = Таких рекомендаций нет. Выберите другой список или вид выше.
advice-why = Почему и на чём основано
advice-by = до { $x }
advice-at-stake = на кону
advice-also = Для этого клиента есть ещё: { $x }
advice-until = До { $x }
advice-accept = Взять в работу
advice-did = Сделано
advice-snooze = Отложить на неделю
advice-dismiss = Отклонить:
advice-reason-did = уже сделали
advice-reason-wrong = не тот клиент или товар
advice-reason-worth = не стоит того
advice-all = Показать все
advice-note = Деньги на кону — нижняя граница за десять недель: в четырёх похожих случаях из пяти было больше. Это то, что можно сохранить или получить, а не то, что принесёт действие.
link-customer = Клиент
link-trends = Тренды
link-orders = Заказы
link-customers = Клиенты по сумме покупок
home-todo = Что делать
home-all-todo = Все рекомендации
advice-results = Результаты

ask-about = Ответы берутся из ваших отчётов и считаются здесь. Ничего не уходит с этого компьютера.
ask-question = Ваш вопрос
ask-do = Спросить
ask-try = Можно спросить
ask-understood = Вопрос понят так
ask-open = Открыть страницу с этими данными
ask-on = Уточните, например: «а в прошлом году?» или «по странам»
ask-same = То же самое без слов
ask-too-long = В вопросе может быть не больше { $n } символов. Сократите его и спросите ещё раз.
ask-gone = Такого нет или уже нет: { $x }
