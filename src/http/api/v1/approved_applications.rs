//! The applications that a space approves for its users.

use super::{
    application_view::NameView,
    applications::{MANAGERS_OF_SPACE, OF_DELEGATE},
};
use crate::{
    domain::{
        ids::ApplicationId,
        page::{Page, PageRequest},
    },
    http::api::{
        body::Nothing,
        handler::{edit, list, remove},
        operation::{Operation, Verb},
        problem::Problem,
        request::Call,
    },
    manage::application_approvals::{self, ApplicationInSpace, ApprovedApplication},
    store::Rows,
};

const TAG: &str = "Authorized applications";

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "list_approved_applications",
            verb: Verb::Get,
            path: "/spaces/{space}/approved-applications",
            tag: TAG,
            summary: "Lists the applications that a space approved for its users, oldest first",
            needs: MANAGERS_OF_SPACE,
            query: &[],
            refusals: &[OF_DELEGATE],
            example: "",
            handler: list(approved),
        },
        Operation {
            id: "approve_application",
            verb: Verb::Put,
            path: "/spaces/{space}/approved-applications/{application}",
            tag: TAG,
            summary: "Approves an application, of whichever space, for the users at home in this one",
            needs: MANAGERS_OF_SPACE,
            query: &[],
            refusals: &[OF_DELEGATE, (409, "already_approved")],
            example: "{}",
            handler: edit(view, |change, call, Nothing {}| {
                Ok(application_approvals::approve(change, call.deps(), call.authority, named(call)?)?)
            }),
        },
        Operation {
            id: "withdraw_approval",
            verb: Verb::Delete,
            path: "/spaces/{space}/approved-applications/{application}",
            tag: TAG,
            summary: "Withdraws an approval; unless the space admits any application, what its users authorized ends for good",
            needs: MANAGERS_OF_SPACE,
            query: &[],
            refusals: &[OF_DELEGATE, (409, "not_approved")],
            example: "",
            handler: remove(view, |change, call| {
                Ok(application_approvals::withdraw(change, call.deps(), call.authority, named(call)?)?)
            }),
        },
    ]
}

fn named(call: &Call<'_>) -> Result<ApplicationInSpace, Problem> {
    Ok(ApplicationInSpace { space: call.path()?, application: call.path()? })
}

fn shown(ApprovedApplication { application, run_by }: ApprovedApplication) -> NameView {
    NameView::of(&application, run_by)
}

fn approved(
    rows: &mut Rows<'_>,
    call: &Call<'_>,
    page: PageRequest<ApplicationId>,
) -> Result<Page<NameView, ApplicationId>, Problem> {
    Ok(application_approvals::list(rows, call.authority, call.path()?, page)?.map(shown))
}

fn view(rows: &mut Rows<'_>, call: &Call<'_>) -> Result<NameView, Problem> {
    Ok(shown(application_approvals::show(rows, call.authority, named(call)?)?))
}
