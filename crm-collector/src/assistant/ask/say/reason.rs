//! Why a question is not answered: what is missing, and what there is in its place.

use crm_api::Language;

use super::figures::figure;
use crate::assistant::ask::names::title;
use crate::assistant::ask::refusal::Refusal;
use crate::assistant::ask::sense::{Bound, Missing};
use crate::assistant::ask::shop::Shop;

/// Words that are told at the most.
const TOLD: usize = 4;

/// Why a question is not answered, in a sentence or two.
pub(in crate::assistant::ask) fn reason(
    refusal: &Refusal,
    shop: &Shop,
    language: Language,
) -> String {
    let of = |english: &str, russian: &str| match language {
        Language::English => english.to_owned(),
        Language::Russian => russian.to_owned(),
    };
    match refusal {
        Refusal::Missing(missing) => {
            let (english, russian) = missing_in_words(*missing);
            of(english, russian)
        }
        Refusal::Bound(Bound::Except) => of(
            "I can't leave something out of a figure, or find what did not happen. I can tell the figure by \
             part, so that you see it with and without.",
            "Я не умею исключать что-то из показателя и искать то, чего не было. Зато могу показать его по \
             частям: будет видно и с этой частью, и без неё.",
        ),
        Refusal::Bound(Bound::Threshold) => of(
            "I can't cut a list off at an amount. I can show the largest first.",
            "Я не умею отбирать по сумме или количеству. Могу показать сначала самые большие.",
        ),
        Refusal::Bound(Bound::Mean) => of(
            "Of averages I know the average order, and how customers come back. Everything else I tell as a sum.",
            "Из средних я знаю средний чек и то, как возвращаются клиенты. Остальное считаю суммой.",
        ),
        Refusal::Unknown(words) => {
            let words = quoted(words, language);
            match language {
                Language::English => format!(
                    "I don't know what {words} means here, and I'd rather not guess. It is neither a product, \
                     a country, a channel or a customer of yours nor a figure that I know."
                ),
                Language::Russian => format!(
                    "Не понимаю, что здесь значит {words}, и не хочу гадать: среди ваших товаров, стран, каналов и \
                     клиентов такого нет, и такого показателя я не знаю."
                ),
            }
        }
        Refusal::Unclear(_, named) => {
            let names: Vec<_> = named.iter().map(|one| title(shop, one)).collect();
            let names = quoted(&names, language);
            match language {
                Language::English => format!("Several things are called so. Did you mean {names}?"),
                Language::Russian => {
                    format!("Так называется не одно. Что вы имели в виду: {names}?")
                }
            }
        }
        Refusal::NoSales(country) => match language {
            Language::English => format!(
                "Nothing was sold to {}. There are sales to {}.",
                capital(country),
                quoted(&shop.countries, language)
            ),
            Language::Russian => {
                format!("Продаж в такую страну нет. Есть: {}.", quoted(&shop.countries, language))
            }
        },
        Refusal::WhichProduct => of(
            "Which product? Things that are bought together are told of one product at a time.",
            "С каким товаром? Что покупают вместе, я показываю для одного товара.",
        ),
        Refusal::WhichCustomer => of(
            "Which customer? This is told of one customer at a time; name one, or give the id.",
            "Для какого клиента? Это я показываю для одного клиента: назовите имя или номер.",
        ),
        Refusal::Category => of(
            "Figures are not kept by category. I can tell them by product.",
            "По категориям показатели не ведутся. Могу показать по товарам.",
        ),
        Refusal::Parts => of(
            "I can't combine these. Figures are told by one thing at a time: by product, by country, by channel, by \
             customer or by period.",
            "Вместе это не сочетается. Показатели делятся по чему-то одному: по товарам, странам, каналам, клиентам \
             или по периодам.",
        ),
        Refusal::Column(column) => {
            let name = figure(column.key(), language);
            match language {
                Language::English => {
                    format!("I can't tell this of the figure “{name}”: it is not kept that way.")
                }
                Language::Russian => format!("Показатель «{name}» так не ведётся."),
            }
        }
        Refusal::DaysOfCustomer => of(
            "Of one customer I tell the whole past, the latest first, and not the days between two dates.",
            "По одному клиенту я показываю всю историю, последнее сначала, а не отдельные дни.",
        ),
        Refusal::DaysOfSegments => of(
            "Groups of customers are told as they are today, and not for other days.",
            "Группы клиентов я знаю на сегодня, а не за другие дни.",
        ),
        Refusal::Ahead => of(
            "These days have not come yet. What will be sold, a forecast tells: of net sales, orders, units or customers.",
            "Эти дни ещё не наступили. О будущем говорит прогноз: выручки, заказов, единиц товара или покупателей.",
        ),
        Refusal::Compare => of(
            "I can set two whole periods of one length beside each other, for all sales. What changed by product, \
             country or channel, the trends tell.",
            "Рядом я могу поставить два целых периода одной длины, по всем продажам. Что изменилось по товарам, странам \
             и каналам, показывают тренды.",
        ),
        Refusal::Worst => of(
            "Lists begin with the largest, so I can't pick the last ones. What falls, the trends tell.",
            "Списки начинаются с самых больших, последние отобрать не могу. Что падает, показывают тренды.",
        ),
        Refusal::Forecast(rule) => match language {
            Language::English => format!("There is no such forecast: {rule}."),
            Language::Russian => {
                "Такого прогноза нет: слишком далеко, или этот показатель так не ведётся."
                    .to_owned()
            }
        },
        Refusal::Mixed => of(
            "That is more than one question at a time, and I would have to drop a part of it. Ask one of them.",
            "Здесь не один вопрос, и часть пришлось бы отбросить. Задайте один из них.",
        ),
        Refusal::NotUnderstood => of(
            "I don't see what is to be counted, listed or found.",
            "Не вижу, что посчитать, показать или найти.",
        ),
    }
}

/// Some words between quotation marks.
fn quoted(words: &[String], language: Language) -> String {
    let quote = |word: &String| match language {
        Language::English => format!("“{word}”"),
        Language::Russian => format!("«{word}»"),
    };
    let mut text = words.iter().take(TOLD).map(quote).collect::<Vec<_>>().join(", ");
    if words.len() > TOLD {
        text.push_str(", …");
    }
    text
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What is missing, and what there is instead.
const fn missing_in_words(missing: Missing) -> (&'static str, &'static str) {
    match missing {
        Missing::Stock => (
            "I can't see stock: the data hold sales alone. I can tell how fast a product sells, and what to expect of it.",
            "Остатков на складе я не вижу: в данных только продажи. Могу сказать, как быстро товар уходит и чего ждать.",
        ),
        Missing::Visits => (
            "I can't see visits to a site or carts, only what was bought. I do have orders and buyers, by day if you like.",
            "Посещений сайта и корзин я не вижу, только покупки. Есть заказы и покупатели, хоть по дням.",
        ),
        Missing::Conversion => (
            "I can't see visits, so there is no conversion rate either. I do have buyers and orders.",
            "Посещений я не вижу, поэтому нет и конверсии. Есть покупатели и заказы.",
        ),
        Missing::Profit => (
            "I don't know what the shop spends, so I can't tell its profit. Where the cost of products was sent, I have their margin.",
            "Расходов магазина я не знаю, поэтому прибыль не посчитать. Где передана себестоимость, есть маржа товаров.",
        ),
        Missing::Weather => (
            "I know nothing of the weather. I do know which weekdays and hours sell best, and what changed and why.",
            "О погоде я ничего не знаю. Зато знаю, в какие дни и часы покупают больше и что изменилось.",
        ),
        Missing::Competitors => (
            "I see your sales alone, no market and no competitors. I can tell where you grow and where you lose.",
            "Я вижу только ваши продажи, без рынка и конкурентов. Могу сказать, где вы растёте и где теряете.",
        ),
        Missing::Marketing => (
            "I can't see advertising or what it costs. I do have new customers, and sales by channel.",
            "Рекламы и её стоимости я не вижу. Есть новые клиенты и продажи по каналам.",
        ),
        Missing::Staff => (
            "I don't know who sold what. I do have sales by channel, by weekday and hour.",
            "Кто что продал, я не знаю. Есть продажи по каналам, по дням недели и часам.",
        ),
        Missing::Reviews => (
            "I can't see reviews or ratings. I do have what came back, by product.",
            "Отзывов и оценок я не вижу. Есть возвраты по товарам.",
        ),
        Missing::People => (
            "I don't tell customers apart by age, sex or town. I do by country, and by how they buy.",
            "По возрасту, полу и городу клиенты не делятся. Есть страны и то, как клиенты покупают.",
        ),
        Missing::Delivery => (
            "I can't see how orders travel. I do have the orders, and what was paid for delivery.",
            "Как едут заказы, я не вижу. Есть сами заказы и сколько заплачено за доставку.",
        ),
        Missing::Targets => (
            "I don't know your targets. I can tell what to expect, with the range that it will most likely lie in.",
            "Ваших планов я не знаю. Могу сказать, чего ждать и в каких границах.",
        ),
        Missing::Payments => (
            "I don't divide figures by way of payment. I do have unpaid and cancelled orders, and sales by channel.",
            "По способам оплаты показатели не делятся. Есть неоплаченные и отменённые заказы и продажи по каналам.",
        ),
        Missing::Rates => (
            "I know no rates: figures are in the currency in which things were bought, and nothing is converted.",
            "Курсов я не знаю: суммы указаны в той валюте, в которой покупали, и не пересчитываются.",
        ),
        Missing::Suppliers => (
            "I know nothing of suppliers and brands. I do have sales by product.",
            "О поставщиках и брендах я ничего не знаю. Есть продажи по товарам.",
        ),
        Missing::Changes => (
            "I read, and change and send nothing. Ask me about sales, customers, forecasts or trends.",
            "Я только читаю: ничего не меняю и не отправляю. Спросите о продажах, клиентах, прогнозах или трендах.",
        ),
        Missing::Yourself => (
            "I answer questions about what was sold, to whom, what changed and why, and what to expect.",
            "Я отвечаю на вопросы о том, что и кому продано, что изменилось и почему и чего ждать.",
        ),
        Missing::Advice => (
            "I answer with what is in the data. Who is about to leave, what grows and what is bought together, I can tell.",
            "Я отвечаю тем, что есть в данных: кто вот-вот уйдёт, что растёт, что покупают вместе.",
        ),
    }
}
