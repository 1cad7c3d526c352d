//! Addresses of pages: parts of a path and of a query, escaped.

use chrono::NaiveDate;
use crm_api::question::Question;
use crm_api::{DateRange, Moment, WholeDay};
use form_urlencoded::byte_serialize;

/// What takes the place of a source that was not told, as in the API.
const NO_SOURCE: &str = crate::auth::NO_SOURCE;

/// A part of a path.
pub(super) fn segment(text: &str) -> String {
    // A space is a plus in a query and nowhere else; a plus itself is escaped.
    byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

pub(super) fn customer(id: &str) -> String {
    format!("/customers/{}", segment(id))
}

pub(super) fn order(source: Option<&str>, number: &str) -> String {
    format!("/orders/{}/{}", segment(source.unwrap_or(NO_SOURCE)), segment(number))
}

/// A path with a query of what is there.
pub(super) fn with_query(path: &str, pairs: &[(&str, Option<&str>)]) -> String {
    let mut address = path.to_owned();
    let given = pairs.iter().filter_map(|(name, value)| Some((name, (*value)?)));
    for ((name, value), sign) in given
        .filter(|(_, value)| !value.is_empty())
        .zip(std::iter::once('?').chain(std::iter::repeat('&')))
    {
        let value: String = byte_serialize(value.as_bytes()).collect();
        address.push(sign);
        address.extend([name, "=", &value]);
    }
    address
}

/// An address with a query.
pub(super) fn address(path: &str, pairs: &[(&'static str, Option<String>)]) -> String {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_deref())).collect();
    with_query(path, &pairs)
}

/// The page that shows the answer to a question; none where no page does.
pub(super) fn page_of(question: &Question, today: NaiveDate) -> Option<String> {
    let ends = |range: Option<DateRange>, from: Option<Moment>, to: Option<Moment>| {
        let text = |end: Option<Moment>| end.map(|end| end.to_string());
        match range.map(|range| range.days(today)) {
            Some(days) => (Some(days.start.to_string()), Some(days.end.to_string())),
            None => (text(from), text(to)),
        }
    };
    let moment = |day: Option<WholeDay>| day.map(|WholeDay(moment)| moment);
    Some(match question {
        Question::Report(asked) => {
            let (from, to) = ends(asked.range, moment(asked.from), moment(asked.to));
            let bucket = asked.bucket.map(|bucket| bucket.to_string());
            let pairs = [("from", from), ("to", to), ("bucket", bucket)];
            address(&format!("/reports/{}", asked.name), &pairs)
        }
        Question::Cohorts(asked) => {
            let (from, to) = ends(asked.range, moment(asked.from), moment(asked.to));
            address("/reports/cohorts", &[("from", from), ("to", to)])
        }
        Question::Forecast(asked) => {
            let pairs = [
                ("series", Some(asked.series.to_string())),
                ("by", asked.by.map(|by| by.to_string())),
                ("bucket", Some(asked.bucket.to_string())),
            ];
            address("/forecast", &pairs)
        }
        Question::Trends(asked) => {
            address("/trends", &[("bucket", Some(asked.bucket.to_string()))])
        }
        Question::Purchases(asked) => {
            let (from, to) = ends(asked.range, asked.from, asked.to);
            let pairs = [
                ("purchase_id", asked.purchase_id.clone()),
                ("from", from),
                ("to", to),
                ("country", asked.country.clone()),
                ("channel", asked.channel.clone()),
                ("sku", asked.sku.clone()),
            ];
            address("/orders", &pairs)
        }
        Question::Values(asked) => {
            let pairs = [
                ("stage", asked.stage.map(|stage| stage.to_string())),
                ("by", Some(asked.by.to_string())),
            ];
            address("/customers", &pairs)
        }
        Question::Segments(_) => "/customers".to_owned(),
        Question::FindCustomers(asked) => address("/customers", &[("q", asked.q.clone())]),
        Question::Customer(asked) => customer(&asked.customer_id),
        Question::Timeline(asked) => customer(&asked.customer_id),
        Question::Value(asked) => customer(&asked.customer_id),
        Question::Next(asked) => customer(&asked.customer_id),
        Question::Purchase(asked) => order(Some(&asked.source), &asked.purchase_id),
        Question::Recommendations(asked) => {
            let kind = asked.kind.map(|kind| kind.to_string());
            address("/recommendations", &[("kind", kind)])
        }
        Question::AdviceResults(_) => "/recommendations/results".to_owned(),
        Question::Briefing(_) => "/home".to_owned(),
        Question::Interaction(_) | Question::Together(_) => return None,
    })
}

/// The same with what it is called.
pub(super) fn of_question(question: &Question, today: NaiveDate) -> Option<(String, &'static str)> {
    let key = match question {
        Question::Customer(_) | Question::Timeline(_) | Question::Value(_) | Question::Next(_) => {
            "link-customer"
        }
        Question::Trends(_) => "link-trends",
        Question::Purchases(_) => "link-orders",
        Question::Values(_) => "link-customers",
        _ => return None,
    };
    Some((page_of(question, today)?, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hosts_call_things_stays_one_part_of_an_address() {
        assert_eq!(customer("a/b ?#+ü"), "/customers/a%2Fb%20%3F%23%2B%C3%BC");
        assert_eq!(order(None, "1 2"), "/orders/-/1%202");
        let pairs = [("q", Some("a&b")), ("stage", None), ("by", Some("")), ("after", Some("x"))];
        assert_eq!(with_query("/customers", &pairs), "/customers?q=a%26b&after=x");
    }
}
