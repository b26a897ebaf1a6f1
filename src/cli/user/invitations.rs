//! `keystead user invite`, `resend-invitation` and `revoke-invitation`

use clap::Args;
use serde_json::{Value, json};

use crate::{
    cli::{
        arguments::UserArgument,
        context::{Context, Site},
        failure::Failure,
        output::fields,
    },
    domain::{authority::Authority, invitation::Deliver},
    manage::{
        self, Deps,
        invitations::{self, InvitationRules, Invite, Invited},
    },
    store::Change,
};

#[derive(Args)]
pub(in crate::cli) struct Invitee {
    /// The user, by login or id
    user: UserArgument,
    /// Mail the link to the user's first address, instead of printing it
    #[arg(long)]
    mail: bool,
}

type Invitation = fn(&mut Change<'_>, &Deps, &Authority, Invite) -> Result<Invited, manage::Error>;

pub(super) fn invite(context: &Context<'_>, site: &Site, whom: &Invitee) -> Result<(), Failure> {
    run(context, site, whom, invitations::invite)
}

pub(super) fn resend(context: &Context<'_>, site: &Site, whom: &Invitee) -> Result<(), Failure> {
    run(context, site, whom, invitations::resend)
}

fn run(context: &Context<'_>, site: &Site, whom: &Invitee, invite: Invitation) -> Result<(), Failure> {
    let Invitee { user, mail } = whom;
    let deliver = if *mail { Deliver::Mail } else { Deliver::Show };
    let rules = InvitationRules::of(&site.config);
    let invited = site.change(|change, deps, authority| {
        let user = user.id(change, authority)?;
        invite(change, deps, authority, Invite { user, deliver, rules })
    })?;
    show(context, &invited)
}

/// Prints an invitation, the only time that its link is seen.
fn show(context: &Context<'_>, invited: &Invited) -> Result<(), Failure> {
    context.printer.print(&as_json(invited), |out| {
        writeln!(out, "The user {} is invited; a link from before is dead.", invited.user)?;
        lines(out, invited)
    })
}

/// The link, or where it went.
pub(super) fn lines(out: &mut dyn std::io::Write, invited: &Invited) -> std::io::Result<()> {
    let expires = ("expires", invited.expires_at.to_string());
    if let Some(link) = &invited.link {
        fields(out, &[("invitation link", link.expose()), expires])?;
        return writeln!(out, "It is shown this once, works once, in a browser, and logs the user in.");
    }
    fields(out, &[expires])?;
    writeln!(out, "A server of the site mails it; `keystead user show` says whether the mail server took it.")
}

pub(super) fn as_json(invited: &Invited) -> Value {
    let link = invited.link.as_ref().map(manage::setup_links::NewSetupLink::expose);
    json!({ "user": invited.user, "expires_at": invited.expires_at, "invitation_link": link })
}

pub(super) fn revoke(context: &Context<'_>, site: &Site, user: &UserArgument) -> Result<(), Failure> {
    let id = site.change(|change, deps, authority| {
        let id = user.id(change, authority)?;
        invitations::revoke(change, deps, authority, id)?;
        Ok(id)
    })?;
    let json = json!({ "user": id, "invitation": "revoked" });
    context.printer.say(&json, &format!("The invitation of the user {id} is revoked; its link is dead."))
}
