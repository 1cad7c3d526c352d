//! Words of access that travel: roles of people, kinds and scopes of API keys, types of events.

use crate::words;

words! {
    /// What a person may do in a workspace.
    Role {
        /// Everything, people and keys included.
        Owner = "owner",
        /// Reads, and changes nothing.
        Analyst = "analyst",
    }
}

words! {
    /// Where an API key is used.
    KeyKind {
        /// On a server, where it stays secret.
        Server = "server",
        /// In a web page, where everybody can read it: it sends events and nothing else.
        Browser = "browser",
    }
}

words! {
    /// What an API key may do.
    Scope {
        /// Send events.
        Ingest = "ingest",
        /// Read customers, purchases and reports.
        Read = "read",
    }
}

words! {
    /// The type of an event.
    #[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
    EventType {
        /// A customer appeared or changed.
        Customer = "customer",
        /// Somebody bought or got money back.
        Purchase = "purchase",
        /// Something else passed between host and customer.
        Interaction = "interaction",
    }
}
