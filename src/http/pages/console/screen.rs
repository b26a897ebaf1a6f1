//! The way that every page of the console takes: who is logged in, then one transaction that evaluates the rights of that
//! person from rows and calls one use case, then the page or the way to the next one.
//!
//! Every form has an address of its own. GET shows it, POST carries it out; one that is refused is shown again with why and
//! with what was typed.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, guard,
    http::{
        StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue},
    },
    web,
};
use askama::Template;

use super::{
    Console, Refused,
    asked::{Asked, FORM, Visit},
};
use crate::{
    http::{
        form::Form,
        pages::{FormTargets, Pages, Visitor, handlers, page::page, refusal::PageRefusal, words::Complaint},
    },
    store::{Change, Rows, Store},
};

/// A page as text.
pub(super) struct Html(String);

impl Html {
    /// The page that this view makes.
    ///
    /// # Errors
    /// A `Display` inside it failed.
    pub(super) fn of(view: &impl Template) -> Result<Self, Refused> {
        view.render().map(Self).map_err(|_| Refused::Page(PageRefusal::unshowable()))
    }
}

/// What comes after something was done.
pub(super) enum Next {
    /// Another page, by its path below the issuer.
    See(String),
    /// A page that is in this answer only: it shows what nobody can show again.
    Once(Html),
    /// A file to keep.
    File { name: String, media_type: &'static str, content: String },
}

impl Next {
    /// Another page, with a word on what was done (`words::done`).
    pub(super) fn done(path: &str, word: &str) -> Self {
        Self::See(format!("{path}?done={word}"))
    }
}

/// Shows a page.
pub(super) type Show = fn(&mut Rows<'_>, &Visit<'_>) -> Result<Html, Refused>;

/// Carries out a form.
#[derive(Clone, Copy)]
pub(super) enum Act {
    /// In one change.
    InChange(fn(&mut Change<'_>, &Visit<'_>) -> Result<Next, Refused>),
    /// In transactions of its own, for what takes long before one or reads much.
    OnStore(fn(&Store, &Asked) -> Result<Next, Refused>),
}

impl Act {
    fn carry_out(self, store: &Store, asked: &Asked) -> Result<Next, Refused> {
        match self {
            Self::InChange(act) => store.change(|change| {
                let authority = asked.authority(change)?;
                act(change, &Visit::new(asked, &authority, None))
            }),
            Self::OnStore(act) => act(store, asked),
        }
    }
}

/// An address of the console.
#[derive(Clone, Copy)]
pub(super) struct Screen {
    /// Below the path of the issuer; parts in braces are read by [`Visit::path`].
    pub(super) path: &'static str,
    /// What stands there.
    pub(super) show: Show,
    /// What its form does, if it has one.
    pub(super) act: Option<Act>,
}

impl Screen {
    /// A page without a form that is posted.
    pub(super) const fn looking(path: &'static str, show: Show) -> Self {
        Self { path, show, act: None }
    }

    /// A page with a form.
    pub(super) const fn asking(
        path: &'static str,
        show: Show,
        act: fn(&mut Change<'_>, &Visit<'_>) -> Result<Next, Refused>,
    ) -> Self {
        Self { path, show, act: Some(Act::InChange(act)) }
    }

    /// A page with a form that needs more than one transaction.
    pub(super) const fn working(
        path: &'static str,
        show: Show,
        act: fn(&Store, &Asked) -> Result<Next, Refused>,
    ) -> Self {
        Self { path, show, act: Some(Act::OnStore(act)) }
    }

    /// Adds its routes below `base`.
    pub(super) fn configure(self, app: &mut web::ServiceConfig, base: &str, console: &Arc<Console>) {
        let at = format!("{base}{}", self.path);
        let mut resource = web::resource(at).default_service(web::to(handlers::other_method));
        let shown = web::route().guard(guard::Any(guard::Get()).or(guard::Head()));
        let of_get = Arc::clone(console);
        resource = resource.route(shown.to(move |req: HttpRequest, pages: web::Data<Pages>| {
            let console = Arc::clone(&of_get);
            async move { pages.respond(&req, self.get(&req, &pages, &console).await) }
        }));
        if let Some(act) = self.act {
            let of_post = Arc::clone(console);
            let sent = move |req: HttpRequest, payload: web::Payload, pages: web::Data<Pages>| {
                let console = Arc::clone(&of_post);
                async move { pages.respond(&req, self.post(act, &req, payload, &pages, &console).await) }
            };
            resource = resource.route(web::post().to(sent));
        }
        app.service(resource);
    }

    async fn get(self, req: &HttpRequest, pages: &Pages, console: &Arc<Console>) -> Result<HttpResponse, PageRefusal> {
        let visitor = Visitor::of(req, pages).await?;
        let Some(who) = visitor.logged_in.clone() else { return Ok(to_login(req, pages)) };
        let asked = Asked::new(req, console, &visitor, who, Form::parse(b"")?.into_owned())?;
        let shown = console.executor().run(move |store| self.look(store, &asked, None)).await;
        match shown {
            Ok(Html(html)) => Ok(visitor.answer(pages, page(StatusCode::OK, html, &FormTargets::here()))),
            // Nothing was sent, so there is nothing to mend.
            Err(Refused::Form(complaint, status)) => Err(PageRefusal::impossible(status, complaint.text)),
            Err(Refused::Page(refusal)) => Err(refusal),
            Err(Refused::Elsewhere(path)) => Ok(pages.see(&path)),
            Err(Refused::LoggedOut) => Ok(to_login(req, pages)),
        }
    }

    async fn post(
        self,
        act: Act,
        req: &HttpRequest,
        payload: web::Payload,
        pages: &Pages,
        console: &Arc<Console>,
    ) -> Result<HttpResponse, PageRefusal> {
        let body = console.form(req, payload).await?;
        let form = Form::parse_boxes(&body)?.into_owned();
        let visitor = Visitor::of(req, pages).await?;
        let Some(who) = visitor.logged_in.clone() else { return Ok(to_login(req, pages)) };
        visitor.require_sent(req, pages, &form, FORM)?;
        let asked = Asked::new(req, console, &visitor, who, form)?;
        let done = console.executor().run(move |store| {
            Ok::<_, Refused>(match act.carry_out(store, &asked) {
                // Whoever may not even see the page is told that.
                Err(Refused::Form(complaint, status)) => {
                    Sent::Refused(self.look(store, &asked, Some(&complaint))?, status)
                }
                other => Sent::Done(other?),
            })
        });
        let response = match done.await {
            Ok(Sent::Done(Next::See(path))) | Err(Refused::Elsewhere(path)) => pages.see(&path),
            Ok(Sent::Done(Next::Once(Html(html)))) => page(StatusCode::OK, html, &FormTargets::here()),
            Ok(Sent::Done(Next::File { name, media_type, content })) => file(&name, media_type, content),
            Ok(Sent::Refused(Html(html), status)) => page(status, html, &FormTargets::here()),
            Err(Refused::Form(complaint, status)) => return Err(PageRefusal::impossible(status, complaint.text)),
            Err(Refused::Page(refusal)) => return Err(refusal),
            Err(Refused::LoggedOut) => to_login(req, pages),
        };
        Ok(visitor.answer(pages, response))
    }

    fn look(self, store: &Store, asked: &Asked, complaint: Option<&Complaint>) -> Result<Html, Refused> {
        store.snapshot(|tx| {
            let authority = asked.authority(tx)?;
            (self.show)(&mut Rows::of(tx), &Visit::new(asked, &authority, complaint))
        })
    }
}

enum Sent {
    Done(Next),
    Refused(Html, StatusCode),
}

/// The login, from which a page that was only to be looked at is found again.
fn to_login(req: &HttpRequest, pages: &Pages) -> HttpResponse {
    pages.see(&super::back::login_before(req, pages.issuer().path_prefix()))
}

fn file(name: &str, media_type: &'static str, content: String) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, media_type));
    response.insert_header(("cache-control", "no-store"));
    if let Ok(disposition) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        response.insert_header((CONTENT_DISPOSITION, disposition));
    }
    response.body(content)
}
