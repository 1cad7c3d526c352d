//! `/v1/imports`: files that were imported, and what takes one back.

use axum::extract::State;
use crm_models::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::events::Admitted;
use super::params::PageQuery;
use super::{ApiError, ApiResult, Json, Path, Query, Services};
use crate::auth::Access;
use crate::auth::right::{Read, TakeBack};
use crate::facts::{List, Page, Place};
use crate::ingest::{Import, TakenBack};

pub(super) fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list_imports)).routes(routes!(delete_import))
}

/// An import of a file.
#[derive(Serialize, ToSchema)]
struct ImportView {
    /// By which it is taken back.
    number: i64,
    /// Of the file.
    name: String,
    /// Who imported: a person, a key, or the command line.
    actor: String,
    began_at: Timestamp,
    /// Purchases and interactions that it brought.
    events: i64,
    /// When it was last asked to be taken back; null where it was not.
    taken_back_at: Option<Timestamp>,
}

impl From<Import> for ImportView {
    fn from(import: Import) -> Self {
        let Import { number, name, actor, began_at, events, taken_back_at } = import;
        Self { number, name, actor, began_at, events, taken_back_at }
    }
}

/// Some imports.
#[derive(Serialize, ToSchema)]
struct ImportPage {
    /// The latest first.
    imports: Vec<ImportView>,
    /// What to ask for as `after` to get the next page; null on the last one.
    next_after: Option<String>,
}

/// Lists the files that were imported.
#[utoipa::path(get, path = "/v1/imports", tag = "Imports", params(PageQuery), responses(
    (status = 200, description = "The latest first", body = ImportPage),
))]
async fn list_imports(
    State(services): State<Services>,
    access: Access<Read>,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<ImportPage>> {
    let (after, limit) = query.read(List::Imports)?;
    let corrections = services.corrections.clone();
    let before = after.map_or(i64::MAX, |place| place.number);
    // One more tells whether there is a next page.
    let list = move || corrections.imports(&access, before, limit + 1);
    let mut page = Page::new(List::Imports, limit);
    for import in services.lanes.reading.run(list).await?? {
        let (place, bytes) = (Place::number(import.number), import.name.len() + 200);
        if page.take(place, bytes, ImportView::from(import)).is_break() {
            break;
        }
    }
    let (imports, next_after) = page.finish();
    Ok(Json(ImportPage { imports, next_after }))
}

/// What was taken back of an import.
#[derive(Serialize, ToSchema)]
struct ImportTakenBack {
    /// Purchases that were taken back.
    purchases: u64,
    /// Interactions that were taken back.
    interactions: u64,
}

impl From<TakenBack> for ImportTakenBack {
    fn from(TakenBack { purchases, interactions }: TakenBack) -> Self {
        Self { purchases, interactions }
    }
}

/// Takes back what an import brought: its purchases and interactions, one by one.
///
/// One that still runs stops, and stores nothing more. What was corrected since by others stays, and so
/// does the customer base: who is to be erased is erased by name. What the import had taken the place of does
/// not come back. Large imports take some seconds for each hundred thousand; when the connection breaks it
/// goes on, and asked again it takes back what is left.
#[utoipa::path(delete, path = "/v1/imports/{number}", tag = "Imports",
    params(("number" = i64, Path, description = "The import's number")), responses(
    (status = 200, description = "It is taken back", body = ImportTakenBack),
))]
async fn delete_import(
    State(services): State<Services>,
    access: Access<TakeBack>,
    Path(number): Path<i64>,
    _: Admitted,
) -> ApiResult<Json<ImportTakenBack>> {
    let corrections = services.corrections.clone();
    let void = move || corrections.void_import(&access, number);
    let taken = services.lanes.erasing.run(void).await??;
    taken.map(|taken| Json(taken.into())).ok_or_else(|| ApiError::no_such("import"))
}
