//! Settings: the workspace and one's own account, people, keys, what was rejected, who changed what.

mod about;
mod account;
mod audit;
mod keys;
mod people;
mod rejected;

use axum::Router;

use super::shell::{Nav, Shell};
use super::visitor::Visitor;
use crate::http::Services;

pub(super) fn routes() -> Router<Services> {
    Router::new()
        .merge(account::routes())
        .merge(people::routes())
        .merge(keys::routes())
        .merge(rejected::routes())
        .merge(audit::routes())
        .merge(about::routes())
}

/// A page of the settings.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Workspace,
    People,
    Keys,
    Rejected,
    Audit,
    About,
}

impl Tab {
    const ALL: [(Self, &'static str, &'static str, bool); 6] = [
        (Self::Workspace, "/settings", "tab-workspace", false),
        (Self::People, "/settings/people", "tab-people", true),
        (Self::Keys, "/settings/keys", "tab-keys", true),
        (Self::Rejected, "/settings/rejected", "tab-rejected", false),
        (Self::Audit, "/settings/audit", "tab-audit", true),
        (Self::About, "/settings/about", "tab-about", false),
    ];
}

/// A link to a page of the settings.
pub(super) struct TabLink {
    pub(super) path: &'static str,
    pub(super) text: String,
    pub(super) is_here: bool,
}

/// The frame of a page of the settings, with the pages that this person may see.
pub(super) struct Place {
    pub(super) shell: Shell,
    pub(super) tabs: Vec<TabLink>,
}

impl Place {
    pub(super) fn new(visitor: &Visitor, here: Tab) -> Self {
        let shell = Shell::new(visitor, Nav::Settings, "nav-settings");
        let owns = visitor.owns();
        let there = Tab::ALL.into_iter().filter(|(.., needs_owner)| owns || !needs_owner);
        let tabs = there.map(|(tab, path, key, _)| TabLink {
            path,
            text: shell.t(key),
            is_here: tab == here,
        });
        let tabs = tabs.collect();
        Self { shell, tabs }
    }
}

/// Templates write `s.t(…)`, whatever frame they have.
impl std::ops::Deref for Place {
    type Target = Shell;

    fn deref(&self) -> &Shell {
        &self.shell
    }
}
