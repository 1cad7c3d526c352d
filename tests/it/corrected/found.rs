//! What the collector is found to have stored after a kill, as its API tells it.

use std::collections::{BTreeMap, HashMap, HashSet};

use crm_tests::harness::Collector;
use crm_tests::harness::http::Connection;
use serde_json::Value;

use super::ledger::{Key, Sent, What};
use super::order::customer;
use super::sender::path;
use crate::stored::stored;
use crm_sdk::Timestamp;

pub(super) struct Found<'a> {
    key: &'a str,
    connection: Connection,
    /// All purchases that count, as they are listed.
    pub(super) purchases: Vec<Value>,
    unnumbered: HashSet<String>,
    versions: BTreeMap<Key, Vec<Value>>,
    /// Ids of a customer's interactions.
    interactions: HashMap<u64, HashSet<String>>,
}

impl<'a> Found<'a> {
    pub(super) fn by(collector: &'a Collector) -> Self {
        let purchases = stored(collector, Timestamp::from_millis(0));
        let unnumbered = purchases.iter().filter(|one| one["purchase_id"].is_null());
        Self {
            key: collector.key(),
            connection: collector.connect(),
            unnumbered: unnumbered.map(|one| one["id"].as_str().unwrap().to_owned()).collect(),
            purchases,
            versions: BTreeMap::new(),
            interactions: HashMap::new(),
        }
    }

    /// Asks for a path; nothing where nothing is there.
    pub(super) fn get(&mut self, path: &str) -> Option<Value> {
        let answer = self.connection.get(path, Some(self.key)).unwrap();
        (answer.status != 404).then(|| answer.expect(200).json())
    }

    /// All versions of a purchase, as they are shown.
    pub(super) fn versions(&mut self, key: &Key) -> &[Value] {
        if !self.versions.contains_key(key) {
            let shown = self.get(&path(key)).unwrap_or_default();
            let versions = shown["versions"].as_array().cloned().unwrap_or_default();
            self.versions.insert(key.clone(), versions);
        }
        &self.versions[key]
    }

    /// Whether an event was stored that adds or changes something.
    pub(super) fn has(&mut self, sent: &Sent) -> bool {
        let id = sent.id.as_deref().unwrap();
        match &sent.what {
            What::Purchase { key: Some(key), .. } => {
                self.versions(key).iter().any(|version| version["purchase"]["id"] == id)
            }
            What::Purchase { key: None, .. } => self.unnumbered.contains(id),
            What::Interaction { customer } => self.interactions(*customer).contains(id),
            What::Mended { of, .. } => self
                .interaction_versions(of)
                .iter()
                .any(|version| version["interaction"]["subject"] == id),
            What::Customer { id } => self.get(&format!("/v1/customers/{id}")).is_some(),
        }
    }

    /// All versions of an interaction, as they are shown.
    pub(super) fn interaction_versions(&mut self, id: &str) -> Vec<Value> {
        let shown = self.get(&format!("/v1/interactions/{id}")).unwrap_or_default();
        shown["versions"].as_array().cloned().unwrap_or_default()
    }

    fn interactions(&mut self, of: u64) -> &HashSet<String> {
        if !self.interactions.contains_key(&of) {
            let (mut ids, mut after) = (HashSet::new(), String::new());
            loop {
                let path = format!("/v1/customers/{}/timeline?limit=1000{after}", customer(of));
                let Some(page) = self.get(&path) else { break };
                let entries = page["entries"].as_array().unwrap().iter();
                let interactions = entries.filter(|entry| entry["type"] == "interaction");
                ids.extend(interactions.map(|entry| entry["id"].as_str().unwrap().to_owned()));
                let Some(next) = page["next_after"].as_str() else { break };
                after = format!("&after={next}");
            }
            self.interactions.insert(of, ids);
        }
        &self.interactions[&of]
    }
}
