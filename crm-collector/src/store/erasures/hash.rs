//! What is kept of the id of a customer who was erased.

use std::fmt;
use std::str::FromStr;

use ring::digest::{Context, SHA256};

use crate::store::customers::stored_id;
use crate::store::workspaces::Workspace;

/// A hash of a customer's id in a workspace: SHA-256 of the workspace's number and the millisecond in
/// which it was made, and of the id. It tells whether an id was erased to whoever has the id, and
/// nothing else. It is no protection from whoever has the files and tries all ids there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomerHash(pub(in crate::store) [u8; 32]);

impl CustomerHash {
    /// That of one of the host's ids.
    pub(super) fn of(workspace: &Workspace, host_id: &str) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(b"crm-collector erased customer\0");
        context.update(&workspace.id.0.to_be_bytes());
        context.update(&workspace.created_at.millis().to_be_bytes());
        context.update(stored_id(host_id.trim()).as_bytes());
        let mut hash = [0; 32];
        hash.copy_from_slice(context.finish().as_ref());
        Self(hash)
    }
}

/// What stands in the place of a purchase's number that has an email address in it: a hash of the number,
/// letter by letter, so that the same purchase is known when it is sent again.
pub(in crate::store) fn number_without_contact(
    workspace: &Workspace,
    purchase_id: &str,
) -> Option<String> {
    if !purchase_id.contains('@') {
        return None;
    }
    let mut context = Context::new(&SHA256);
    context.update(b"crm-collector number of a purchase\0");
    context.update(&workspace.id.0.to_be_bytes());
    context.update(&workspace.created_at.millis().to_be_bytes());
    context.update(purchase_id.as_bytes());
    let hash = context.finish();
    let hash: String = hash.as_ref().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    Some(format!("erased-{hash}"))
}

/// Hexadecimal.
impl fmt::Display for CustomerHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for CustomerHash {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut hash = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(());
        }
        for (byte, at) in hash.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| ())?;
        }
        Ok(Self(hash))
    }
}
