//! Internal numbers, each a type of its own.

use serde::{Deserialize, Serialize};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);
    };
}

number! {
    /// A workspace: the tenant that every row belongs to.
    WorkspaceId(i32)
}
number! {
    /// A person who logs in.
    UserId(i64)
}
number! {
    /// An invitation to a workspace.
    InvitationId(i64)
}
number! {
    /// An API key.
    KeyId(i64)
}
number! {
    /// A customer, counted from 1 in each workspace.
    CustomerNumber(u32)
}
