//! `keystead space edit`

use clap::{ArgGroup, Args};

use super::show;
use crate::{
    cli::{
        arguments::{Limit, SpaceArgument, Switch, optional_duration},
        context::{Context, Site},
        failure::Failure,
    },
    domain::{authority::Authority, email::EmailDomain, name::Name, space::ApplicationPolicy},
    manage::{
        Deps,
        spaces::{self, EditSpace},
    },
    store::Change,
};

#[derive(Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args([
    "name", "api_keys_supported", "api_keys", "key_creation_restricted", "token_life", "pair_life", "sso", "password_life", "email_domains", "no_email_domain",
    "application_policy", "revoke_leaked_keys", "apply_to_existing",
]))]
pub(in crate::cli) struct Edit {
    /// The space, by name or id
    space: SpaceArgument,
    /// Its new name, unique in the site
    #[arg(long, value_parser = Name::parse)]
    name: Option<Name>,
    /// Whether the space can have API keys at all; for those who run the site
    #[arg(long, value_name = "SWITCH")]
    api_keys_supported: Option<Switch>,
    /// Whether API keys work here; `off` ends the tokens of all keys but those of the product's services
    #[arg(long, value_name = "SWITCH")]
    api_keys: Option<Switch>,
    /// Whether administrators alone make keys, else every user for itself
    #[arg(long, value_name = "SWITCH")]
    key_creation_restricted: Option<Switch>,
    /// Life of access tokens, such as `10m`; `none` leaves it to the site
    #[arg(long, value_name = "TIME", value_parser = optional_duration)]
    token_life: Option<Limit>,
    /// The longest life of a new key pair, such as `30d`; `none` for no limit
    #[arg(long, value_name = "TIME", value_parser = optional_duration)]
    pair_life: Option<Limit>,
    /// Whether people log in elsewhere, so that passwords kept here do not count
    #[arg(long, value_name = "SWITCH")]
    sso: Option<Switch>,
    /// Age at which a password stops its owner's keys, such as `90d`; `none` for never
    #[arg(long, value_name = "TIME", value_parser = optional_duration)]
    password_life: Option<Limit>,
    /// A domain for addresses of service accounts, in place of those there are; may be repeated
    #[arg(long = "email-domain", value_name = "DOMAIN", value_parser = EmailDomain::parse)]
    email_domains: Vec<EmailDomain>,
    /// Addresses of service accounts may lie in any domain
    #[arg(long, conflicts_with = "email_domains")]
    no_email_domain: bool,
    /// Which applications the users may authorize: `any`, `approved` or `none`; consents to others end when this returns
    #[arg(long, value_name = "POLICY")]
    application_policy: Option<ApplicationPolicy>,
    /// Whether a pair whose secret is reported as leaked ends at once
    #[arg(long, value_name = "SWITCH")]
    revoke_leaked_keys: Option<Switch>,
    /// Let pairs that live longer than `--pair-life`, or than the space says already, end sooner
    #[arg(long)]
    apply_to_existing: bool,
    /// Only tell what would come of it
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(context: &Context<'_>, site: &Site, edit: Edit) -> Result<(), Failure> {
    let dry_run = edit.dry_run;
    let work = |change: &mut Change<'_>, deps: &Deps, authority: &Authority| {
        let id = edit.space.id(change, authority)?;
        let domains = edit.no_email_domain || !edit.email_domains.is_empty();
        let input = EditSpace {
            id,
            name: edit.name,
            api_keys_supported: edit.api_keys_supported.map(bool::from),
            api_keys_enabled: edit.api_keys.map(bool::from),
            key_creation_restricted: edit.key_creation_restricted.map(bool::from),
            token_life: edit.token_life.map(|Limit(life)| life),
            pair_life: edit.pair_life.map(|Limit(life)| life),
            sso_enabled: edit.sso.map(bool::from),
            password_life: edit.password_life.map(|Limit(life)| life),
            email_domains: domains.then_some(edit.email_domains),
            application_policy: edit.application_policy,
            revoke_leaked_keys: edit.revoke_leaked_keys.map(bool::from),
            apply_to_existing: edit.apply_to_existing,
        };
        let beyond = spaces::edit(change, deps, authority, input)?;
        Ok((spaces::show(change, authority, id)?, beyond))
    };
    let (facts, beyond) = if dry_run { site.rehearse(work)? } else { site.change(work)? };
    show(context, &facts, beyond.as_ref().map(|beyond| (beyond, dry_run)))
}
