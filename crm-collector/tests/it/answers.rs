//! What the collector answers is read by the types that `crm-api` has for it.

use crm_api::question::{Ask, EachQuestion, each_question};

use crate::schema::Description;

/// Reads the example of each question, which is a true answer.
struct ReadBack(Description, usize);

impl EachQuestion for ReadBack {
    fn question<Q: Ask>(&mut self) {
        let id = Q::ROUTE.operation;
        let content = &self.0.operation(id)["responses"]["200"]["content"];
        let example = &content["application/json"]["example"];
        let answer: Q::Answer = serde_json::from_value(example.clone())
            .unwrap_or_else(|error| panic!("{id}: {error} in {example}"));
        assert_eq!(&serde_json::to_value(&answer).unwrap(), example, "{id}");
        self.1 += 1;
    }
}

#[test]
fn every_answer_is_read_as_it_is_written() {
    let mut read = ReadBack(Description::served(), 0);
    each_question(&mut read);
    assert_eq!(read.1, 18);
}
