//! Applications: registered, listed, shown, changed, deleted.

use super::{
    application_bodies::{CreateBody, EditBody},
    application_view::{ApplicationView, SecretView, view},
};
use crate::{
    domain::{
        ids::ApplicationId,
        page::{Page, PageRequest},
    },
    http::api::{
        handler::{Created, create, edit, list, remove, show},
        operation::{Needs, Operation, QueryParameter, Verb},
        problem::Problem,
        request::Call,
    },
    manage::applications,
    store::{Change, Rows, application_registrations::ApplicationFilter},
};

/// The chapter of the documentation.
pub(super) const TAG: &str = "Applications";
/// Whoever manages the applications of a space; what acts for a user never does (ruling 15).
pub(super) const MANAGERS: Needs = Needs::OneOf(&["applications.manage"], "the space of the application");
/// The same for what is made or decided in a space.
pub(super) const MANAGERS_OF_SPACE: Needs = Needs::OneOf(&["applications.manage"], "the space");
/// What every operation on applications refuses what acts for a user with.
pub(super) const OF_DELEGATE: (u16, &str) = (403, "delegate_cannot_manage_applications");

const OF_EDITING: &[(u16, &str)] = &[
    OF_DELEGATE,
    (400, "invalid_redirect_uri"),
    (422, "algorithm_without_key"),
    (422, "first_party_of_user"),
    (422, "openid_not_optional"),
    (422, "redirect_uri_required"),
    (422, "scope_given_twice"),
    (422, "scope_required"),
    (422, "too_many"),
    (422, "unknown_audience"),
    (422, "unknown_scope"),
];

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_applications",
            verb: Verb::Get,
            path: "/spaces/{space}/applications",
            tag: TAG,
            summary: "Lists the applications of a space, those of its users too, oldest first",
            needs: MANAGERS_OF_SPACE,
            query: &[
                QueryParameter {
                    name: "q",
                    description: "Only applications with this in their name, in any case",
                    words: &[],
                },
                QueryParameter {
                    name: "owner",
                    description: "Only those that the user with this id registered",
                    words: &[],
                },
            ],
            refusals: &[OF_DELEGATE],
            example: "",
            handler: list(of_space),
        },
        Operation {
            id: "create_application",
            verb: Verb::Post,
            path: "/spaces/{space}/applications",
            tag: TAG,
            summary: "Registers an application; the secret of a confidential one is in this answer only",
            needs: MANAGERS_OF_SPACE,
            query: &[],
            refusals: &[
                OF_DELEGATE,
                (400, "invalid_redirect_uri"),
                (409, "owner_disabled"),
                (409, "space_closed"),
                (422, "algorithm_without_key"),
                (422, "expiry_in_the_past"),
                (422, "first_party_of_user"),
                (422, "foreign_owner"),
                (422, "openid_not_optional"),
                (422, "redirect_uri_required"),
                (422, "scope_given_twice"),
                (422, "scope_required"),
                (422, "too_many"),
                (422, "unknown_audience"),
                (422, "unknown_scope"),
            ],
            example: r#"{"name":"Example shop","kind":"confidential","redirect_uris":["https://shop.example.com/callback"],"scopes":["openid"],"optional_scopes":["profile"]}"#,
            handler: create(make),
        },
        Operation {
            id: "show_application",
            verb: Verb::Get,
            path: "/applications/{application}",
            tag: TAG,
            summary: "Shows an application with its pairs",
            needs: MANAGERS,
            query: &[],
            refusals: &[OF_DELEGATE],
            example: "",
            handler: show(view),
        },
        Operation {
            id: "edit_application",
            verb: Verb::Patch,
            path: "/applications/{application}",
            tag: TAG,
            summary: "Changes an application; its tokens lose at once what it loses, and gain nothing",
            needs: MANAGERS,
            query: &[],
            refusals: OF_EDITING,
            example: r#"{"name":"Example store","optional_scopes":["profile","email"],"backchannel_logout_uri":null}"#,
            handler: edit(view, change_application),
        },
        Operation {
            id: "delete_application",
            verb: Verb::Delete,
            path: "/applications/{application}",
            tag: TAG,
            summary: "Deletes an application with its secrets and all that users authorized; its id is never used again",
            needs: MANAGERS,
            query: &[],
            refusals: &[OF_DELEGATE],
            example: "",
            handler: remove(view, |change, call| {
                Ok(applications::remove(change, call.deps(), call.authority, call.path()?)?)
            }),
        },
    ]
}

fn of_space(
    rows: &mut Rows<'_>,
    call: &Call<'_>,
    page: PageRequest<ApplicationId>,
) -> Result<Page<ApplicationView, ApplicationId>, Problem> {
    let (owner, text) = (call.parsed_query("owner")?, call.query("q").map(str::to_owned));
    let filter = ApplicationFilter { owner, text, ..ApplicationFilter::default() };
    Ok(applications::list(rows, call.authority, call.path()?, &filter, page)?.map(ApplicationView::from))
}

fn make(change: &mut Change<'_>, call: &Call<'_>, body: CreateBody) -> Result<Created<SecretView>, Problem> {
    let made = applications::create(change, call.deps(), call.authority, body.of(call.path()?)?)?;
    let answer = SecretView::of(change, call, made.id, made.credential.as_ref())?;
    Ok(Created { location: format!("/applications/{}", made.id), answer })
}

fn change_application(change: &mut Change<'_>, call: &Call<'_>, body: EditBody) -> Result<(), Problem> {
    Ok(applications::edit(change, call.deps(), call.authority, body.of(call.path()?)?)?)
}
