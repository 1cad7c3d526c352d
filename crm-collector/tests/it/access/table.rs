//! Who may do what: a right for each operation, and for each right what becomes of each asker.

use Right::{BothScopes, Connect, Correct, Decide, Ingest, Invited, Own, Person, Public, Read};

/// What an operation asks of whoever calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    Public,
    /// Without an account, or logged in under the invited address.
    Invited,
    Connect,
    Ingest,
    Correct,
    Read,
    /// What people may, and an owner's program.
    Decide,
    /// What an owner may, and an owner's program.
    BothScopes,
    Own,
    Person,
}

/// Whether the answer holds something of the workspace, so that one of another could leak.
pub type Shows = bool;
const SHOWS: Shows = true;
const SILENT: Shows = false;

/// Every operation. The last ones end sessions.
pub const OPERATIONS: &[(&str, Right, Shows)] = &[
    ("check_health", Public, SILENT),
    ("check_readiness", Public, SILENT),
    ("render_metrics", Public, SILENT),
    ("describe", Public, SILENT),
    ("register", Public, SILENT),
    ("log_in", Public, SILENT),
    ("accept_invitation", Invited, SILENT),
    ("check_connection", Connect, SHOWS),
    ("post_events", Ingest, SILENT),
    ("post_customer", Ingest, SILENT),
    ("post_purchase", Ingest, SILENT),
    ("post_interaction", Ingest, SILENT),
    ("put_purchase", Correct, SILENT),
    ("delete_purchase", Correct, SILENT),
    ("delete_source", Correct, SILENT),
    ("put_interaction", Correct, SILENT),
    ("delete_interaction", Correct, SILENT),
    ("delete_import", Correct, SILENT),
    ("find_customers", Read, SHOWS),
    ("get_customer", Read, SHOWS),
    ("delete_customer", BothScopes, SILENT),
    ("get_timeline", Read, SHOWS),
    ("list_purchases", Read, SHOWS),
    ("get_purchase", Read, SHOWS),
    ("get_interaction", Read, SHOWS),
    ("list_imports", Read, SHOWS),
    ("list_reports", Read, SILENT),
    ("get_report", Read, SHOWS),
    ("get_cohorts", Read, SILENT),
    ("get_forecasts", Read, SILENT),
    ("get_trends", Read, SILENT),
    ("list_values", Read, SHOWS),
    ("get_value", Read, SHOWS),
    ("get_segments", Read, SILENT),
    ("get_next", Read, SHOWS),
    ("get_together", Read, SHOWS),
    ("get_recommendations", Read, SHOWS),
    ("get_briefing", Read, SILENT),
    ("get_recommendation_results", Read, SILENT),
    ("decide_recommendation", Decide, SILENT),
    ("get_analysis", Read, SILENT),
    ("ask", Read, SHOWS),
    ("list_rejected", Read, SHOWS),
    ("replay_all", BothScopes, SILENT),
    ("replay_one", BothScopes, SILENT),
    ("list_keys", Own, SHOWS),
    ("create_key", Own, SILENT),
    ("rotate_key", Own, SHOWS),
    ("revoke_key", Own, SILENT),
    ("list_invitations", Own, SHOWS),
    ("invite", Own, SILENT),
    ("withdraw_invitation", Own, SILENT),
    ("me", Person, SHOWS),
    ("change_password", Person, SILENT),
    ("log_out", Person, SILENT),
];

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Nobody,
    IngestKey,
    ReadKey,
    BothKey,
    BrowserKey,
    Analyst,
    Owner,
    OwnerWithoutCsrf,
    OtherKey,
    OtherOwner,
    RevokedKey,
    ExpiredKey,
}

use Who::{
    Analyst, BothKey, BrowserKey, ExpiredKey, IngestKey, Nobody, OtherKey, OtherOwner, Owner,
    OwnerWithoutCsrf, ReadKey, RevokedKey,
};

pub const ASKERS: [Who; 12] = [
    Nobody,
    IngestKey,
    ReadKey,
    BothKey,
    BrowserKey,
    Analyst,
    Owner,
    OwnerWithoutCsrf,
    OtherKey,
    OtherOwner,
    RevokedKey,
    ExpiredKey,
];

const OK: &str = "ok";
const NONE: &str = "unauthorized";
const NO: &str = "forbidden";
const SESSION: &str = "session_required";
const CSRF: &str = "csrf_required";
const EXPIRED: &str = "expired";

/// The code of the answer, or `ok`, in the order of [`ASKERS`].
#[rustfmt::skip]
fn outcomes(right: Right) -> [&'static str; 12] {
    match right {
        // nobody       ingest   read     both     browser  analyst owner no csrf other's  theirs revoked expired
        Public  => [OK,   OK,      OK,      OK,      OK,      OK,     OK,   OK,   OK,      OK,    OK,   OK],
        Invited => [OK,   SESSION, SESSION, SESSION, SESSION, NO,     NO,   CSRF, SESSION, NO,    NONE, EXPIRED],
        Connect => [NONE, OK,      OK,      OK,      OK,      OK,     OK,   CSRF, OK,      OK,    NONE, EXPIRED],
        Ingest  => [NONE, OK,      NO,      OK,      OK,      NO,     OK,   CSRF, OK,      OK,    NONE, EXPIRED],
        Correct => [NONE, OK,      NO,      OK,      NO,      NO,     OK,   CSRF, OK,      OK,    NONE, EXPIRED],
        Read    => [NONE, NO,      OK,      OK,      NO,      OK,     OK,   CSRF, OK,      OK,    NONE, EXPIRED],
        BothScopes => [NONE, NO,      NO,      OK,      NO,      NO,     OK,   CSRF, OK,      OK,    NONE, EXPIRED],
        Decide  => [NONE, NO,      NO,      OK,      NO,      OK,     OK,   CSRF, OK,      OK,    NONE, EXPIRED],
        Own     => [NONE, SESSION, SESSION, SESSION, SESSION, NO,     OK,   CSRF, SESSION, OK,    NONE, EXPIRED],
        Person  => [NONE, SESSION, SESSION, SESSION, SESSION, OK,     OK,   CSRF, SESSION, OK,    NONE, EXPIRED],
    }
}

/// What an operation answers somebody. `changes`: it is no GET; `of_id`: its path names something
/// of the home workspace, which others do not have.
pub fn expected(right: Right, who: Who, changes: bool, of_id: bool) -> &'static str {
    // A token against forged requests is asked of those only that change something.
    let who = if who == OwnerWithoutCsrf && !changes { Owner } else { who };
    let index = ASKERS.iter().position(|asker| *asker == who).unwrap();
    match outcomes(right)[index] {
        OK if of_id && matches!(who, OtherKey | OtherOwner) => "not_found",
        outcome => outcome,
    }
}
