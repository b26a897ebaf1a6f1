//! Invitations of users to set a first password: made, sent again, revoked. Where one stands is part of the user.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    people::UserView,
    users::{OF_HOME, TAG, view},
};
use crate::{
    domain::{authority::Authority, invitation::Deliver},
    http::api::{
        handler::{issue, remove},
        operation::{Operation, Verb},
        problem::Problem,
        request::Call,
        schema,
    },
    manage::{
        self, Deps,
        invitations::{self, Invite, Invited},
    },
    store::{Change, Rows},
};

/// Rows of this file.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            id: "invite_user",
            verb: Verb::Post,
            path: "/users/{user}/invite",
            tag: TAG,
            summary: "Invites a user without password to set one; the link is in this answer only, or mailed",
            needs: OF_HOME,
            query: &[],
            refusals: &[
                (403, "delegate_cannot_invite"),
                (403, "exceeds_own_rights"),
                (409, "already_invited"),
                (409, "has_password"),
                (409, "logs_in_elsewhere"),
                (409, "mail_not_configured"),
                (409, "no_address"),
                (409, "owner_disabled"),
                (409, "space_closed"),
                (422, "service_password"),
            ],
            example: r#"{"deliver":"show"}"#,
            handler: issue(view, |change, call, body| link(change, call, body, invitations::invite)),
        },
        Operation {
            id: "resend_invitation",
            verb: Verb::Post,
            path: "/users/{user}/invitation/resend",
            tag: TAG,
            summary: "Invites a user anew: the link there was is dead, and so is its mail",
            needs: OF_HOME,
            query: &[],
            refusals: &[
                (403, "delegate_cannot_invite"),
                (403, "exceeds_own_rights"),
                (409, "has_password"),
                (409, "logs_in_elsewhere"),
                (409, "mail_not_configured"),
                (409, "no_address"),
                (409, "not_invited"),
                (409, "owner_disabled"),
                (409, "space_closed"),
                (422, "service_password"),
            ],
            example: r#"{"deliver":"show"}"#,
            handler: issue(view, |change, call, body| link(change, call, body, invitations::resend)),
        },
        Operation {
            id: "revoke_invitation",
            verb: Verb::Delete,
            path: "/users/{user}/invitation",
            tag: TAG,
            summary: "Revokes the invitation of a user: its link is dead",
            needs: OF_HOME,
            query: &[],
            refusals: &[(403, "delegate_cannot_invite"), (409, "not_invited")],
            example: "",
            handler: remove(view, |change, call| {
                Ok(invitations::revoke(change, call.deps(), call.authority, call.path()?)?)
            }),
        },
    ]
}

/// How the link is to get to the person.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Invite")]
struct InviteBody {
    /// `show` for a link in this answer, `mail` for one to the first address of the user.
    #[schemars(schema_with = "schema::words::<Deliver>")]
    deliver: Deliver,
}

/// A user who was invited.
#[derive(Serialize, JsonSchema)]
struct InvitedUser {
    /// The user, with the invitation as it stands.
    user: UserView,
    /// Whoever has this link sets the user's first password, once. Nobody can show it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    invitation_link: Option<String>,
}

type InviteFn = fn(&mut Change<'_>, &Deps, &Authority, Invite) -> Result<Invited, manage::Error>;

fn link(
    change: &mut Change<'_>,
    call: &Call<'_>,
    InviteBody { deliver }: InviteBody,
    invite: InviteFn,
) -> Result<InvitedUser, Problem> {
    let input = Invite { user: call.path()?, deliver, rules: call.invitations() };
    let link = invite(change, call.deps(), call.authority, input)?.link;
    Ok(InvitedUser { user: view(&mut Rows::of(change), call)?, invitation_link: link.map(|link| link.expose()) })
}
