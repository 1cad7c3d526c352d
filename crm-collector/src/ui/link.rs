//! Addresses of pages: parts of a path and of a query, escaped.

use crm_api::question::Question;
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

/// The page that shows the answer to a question, and what it is called; nothing where none does.
pub(super) fn of_question(question: &Question) -> Option<(String, &'static str)> {
    Some(match question {
        Question::Timeline(asked) => (customer(&asked.customer_id), "link-customer"),
        Question::Value(asked) => (customer(&asked.customer_id), "link-customer"),
        Question::Trends(_) => ("/trends".to_owned(), "link-trends"),
        Question::Purchases(asked) => {
            (with_query("/orders", &[("sku", asked.sku.as_deref())]), "link-orders")
        }
        Question::Values(asked) => {
            (with_query("/customers", &[("by", Some(asked.by.as_str()))]), "link-customers")
        }
        _ => return None,
    })
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
