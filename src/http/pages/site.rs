//! What all pages answer from, and their routes.

use std::{net::IpAddr, sync::Arc};

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse, guard,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, HeaderValue, LOCATION, RETRY_AFTER},
    },
    web,
};

use super::{
    FormTargets, assets, handlers,
    refusal::PageRefusal,
    render,
    view::{ErrorPage, Shell},
};
use crate::{
    config::Issuer,
    domain::throttle::Quota,
    http::{
        RequestId,
        body::{BodyLimits, read_form_body},
        oauth::Endpoints,
        peer::TrustedProxies,
        rate_limit,
        trouble::Trouble,
    },
    manage::logins::Logins,
    oauth::OAuth,
};

/// Longest form of a page, in bytes: a password and a name, escaped.
const LONGEST_FORM: usize = 16 * 1024;

/// The pages of one site.
pub struct Pages {
    issuer: Issuer,
    logins: Arc<Logins>,
    body: BodyLimits,
    proxies: TrustedProxies,
    endpoints: Arc<Endpoints>,
}

impl Pages {
    /// The pages of the site with this issuer.
    #[must_use]
    pub fn new(endpoints: Arc<Endpoints>, logins: Arc<Logins>) -> Self {
        let body = BodyLimits { size: endpoints.body.size.min(LONGEST_FORM), ..endpoints.body };
        let issuer = endpoints.oauth.options().issuer.clone();
        Self { issuer, logins, body, proxies: endpoints.proxies.clone(), endpoints }
    }

    /// Adds the routes under the issuer's path.
    pub fn configure(self: &Arc<Self>, app: &mut web::ServiceConfig) {
        let base = self.issuer.path_prefix();
        let at = |path: &str| web::resource(format!("{base}{path}")).default_service(web::to(handlers::other_method));
        let shown = || web::route().guard(guard::Any(guard::Get()).or(guard::Head()));
        assets::configure(app, base);
        app.app_data(web::Data::from(Arc::clone(self)))
            .service(at("/login").route(shown().to(handlers::login::get)).route(web::post().to(handlers::login::post)))
            .service(
                at("/oauth/authorize")
                    .route(web::get().to(handlers::authorize::get))
                    .route(web::post().to(handlers::authorize::post)),
            )
            .service(
                at("/consent").route(shown().to(handlers::consent::get)).route(web::post().to(handlers::consent::post)),
            )
            .service(
                at("/password/forgotten")
                    .route(shown().to(handlers::forgotten::get))
                    .route(web::post().to(handlers::forgotten::post)),
            )
            .service(at("/password/forgotten/sent").route(shown().to(handlers::forgotten::sent)))
            .service(
                at("/oauth/logout")
                    .route(shown().to(handlers::end_session::get))
                    .route(web::post().to(handlers::end_session::post)),
            )
            .service(at("/logout").route(web::post().to(handlers::logout::post)))
            .service(at("/logged-out").route(shown().to(handlers::logout::logged_out)))
            .service(at("/").route(shown().to(handlers::start)))
            .service(at("/account").route(shown().to(handlers::account)))
            .service(at("/account/applications").route(shown().to(handlers::applications::get)))
            .service(at("/account/applications/withdraw").route(web::post().to(handlers::applications::withdraw)))
            .service(at("/account/sessions").route(shown().to(handlers::sessions::get)))
            .service(at("/account/sessions/end").route(web::post().to(handlers::sessions::end)))
            .service(at("/account/sessions/end-others").route(web::post().to(handlers::sessions::end_others)))
            .service(
                at("/account/password")
                    .route(shown().to(handlers::password::get))
                    .route(web::post().to(handlers::password::post)),
            )
            .service(
                at("/setup/{secret}")
                    .route(shown().to(handlers::setup::get))
                    .route(web::post().to(handlers::setup::post)),
            );
    }

    /// The issuer.
    #[must_use]
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The protocol.
    #[must_use]
    pub fn oauth(&self) -> &OAuth {
        &self.endpoints.oauth
    }

    /// The logins.
    #[must_use]
    pub fn logins(&self) -> &Logins {
        &self.logins
    }

    /// The frame of every page.
    #[must_use]
    pub fn shell(&self) -> Shell<'_> {
        Shell::new(self.issuer.path_prefix(), self.issuer.host())
    }

    /// Where the request came from.
    #[must_use]
    pub fn address_of(&self, req: &HttpRequest) -> Option<IpAddr> {
        self.proxies.client_address(req)
    }

    /// The body of a form.
    ///
    /// # Errors
    /// What it lacks.
    pub async fn form(&self, req: &HttpRequest, payload: web::Payload) -> Result<web::Bytes, PageRefusal> {
        Ok(read_form_body(req, payload, &self.body).await?)
    }

    /// The answer, or the page that says why there is none.
    #[must_use]
    pub fn respond(&self, req: &HttpRequest, result: Result<HttpResponse, PageRefusal>) -> HttpResponse {
        result.unwrap_or_else(|refusal| self.refuse(req, &refusal))
    }

    /// The page that says why there is no other.
    #[must_use]
    pub fn refuse(&self, req: &HttpRequest, refusal: &PageRefusal) -> HttpResponse {
        let id = req.extensions().get::<RequestId>().cloned();
        let page = ErrorPage {
            shell: self.shell(),
            title: refusal.title,
            sentence: refusal.sentence.as_ref(),
            next: refusal.next,
            way_out: refusal.way_out.as_deref().copied(),
            elsewhere: refusal.elsewhere.as_ref().map(|link| (link.href.as_str(), link.text)),
            code: refusal.code,
            request_id: id.as_ref().map(RequestId::as_str).unwrap_or_default(),
        };
        let mut response =
            with_retry_after(render(refusal.status, &page, &FormTargets::here()), refusal.retry_after.map(u32::from));
        if let Some(trouble) = &refusal.trouble {
            Trouble::clone(trouble).attach(&mut response);
        }
        response
    }

    /// Sends the browser to another page of this site, with GET. `path` is one of ours, never one from a request (B10).
    #[must_use]
    pub fn see(&self, path: &str) -> HttpResponse {
        let mut response = HttpResponse::build(StatusCode::SEE_OTHER);
        response.insert_header((CACHE_CONTROL, "no-store"));
        if let Ok(location) = HeaderValue::try_from(format!("{}{path}", self.issuer.path_prefix())) {
            response.insert_header((LOCATION, location));
        }
        response.finish()
    }
}

/// The response to whoever has to wait, with what is left of the limit.
pub(super) fn slowed(mut response: HttpResponse, quota: &Quota) -> HttpResponse {
    rate_limit::announce(response.headers_mut(), quota);
    with_retry_after(response, Some(quota.seconds()))
}

/// The response with the advice when to come back.
pub(super) fn with_retry_after(mut response: HttpResponse, seconds: Option<u32>) -> HttpResponse {
    if let Some(seconds) = seconds {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
