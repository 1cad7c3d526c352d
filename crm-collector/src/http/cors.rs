//! Lets web pages on other origins reach some routes: those origins only that a living browser
//! key was made for. Whether the very key allows the very origin, its principal checks.

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderValue};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use crm_models::Code;
use utoipa_axum::router::OpenApiRouter;

use super::{ApiError, Services, problem};

/// How long a browser remembers the answer, in seconds.
const REMEMBER_S: &str = "600";

/// These routes may be reached from such pages.
pub(super) fn allow(
    routes: OpenApiRouter<Services>,
    services: &Services,
) -> OpenApiRouter<Services> {
    let (router, described) = routes.split_for_parts();
    // The fallback has to be there before the layer: asking first comes as OPTIONS, a method
    // that no route has.
    let router = router
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(from_fn_with_state(services.clone(), answer));
    let mut routes = OpenApiRouter::from(router);
    routes.get_openapi_mut().merge(described);
    routes
}

async fn answer(State(services): State<Services>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let known = match origin.as_ref().and_then(|origin| origin.to_str().ok()) {
        Some(origin) => match services.auth.knows_origin(origin).await {
            Ok(known) => known,
            Err(error) => return ApiError::from(error).into_response(),
        },
        None => false,
    };
    let asks_first = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = match (asks_first, known) {
        (true, true) => allowed_in_advance(),
        (true, false) => {
            let detail = "no browser key was made for this web origin";
            ApiError::new(Code::Forbidden, detail).into_response()
        }
        (false, _) => next.run(request).await,
    };
    let status = response.status();
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin.filter(|_| known) {
        allow_origin(headers, origin);
    } else if !asks_first && matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        // Every page may read that its key or its origin is refused. It could not tell that from a
        // collector that is not there.
        allow_origin(headers, HeaderValue::from_static("*"));
    }
    response
}

fn allow_origin(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    let exposed = HeaderValue::from_static("Retry-After, X-Request-Id");
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
}

fn allowed_in_advance() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let answers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "Authorization, Content-Type, Content-Encoding, X-Request-Id",
        ),
        (header::ACCESS_CONTROL_MAX_AGE, REMEMBER_S),
    ];
    for (name, value) in answers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
