//! The networks that API keys may be used from.

use std::collections::HashMap;

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, delete, insert_into};

use super::{
    error::Error,
    row,
    schema::api_key_networks,
    transaction::{Change, Reads},
    types::DbId,
};
use crate::domain::{
    allowed_networks::{AllowedNetwork, AllowedNetworks},
    change::Subject,
    ids::{ApiKeyId, SpaceId},
};

/// The networks of these keys; keys that may be used from everywhere are left out.
pub(super) fn of_keys(tx: &mut impl Reads, ids: &[ApiKeyId]) -> Result<HashMap<ApiKeyId, AllowedNetworks>, Error> {
    use api_key_networks as t;
    let rows = t::table
        .filter(t::api_key_id.eq_any(ids.iter().copied().map(DbId::from).collect::<Vec<_>>()))
        .select((t::api_key_id, t::network))
        .load::<(DbId, String)>(tx.db())?;
    let mut of_key: HashMap<ApiKeyId, Vec<AllowedNetwork>> = HashMap::new();
    for (key, network) in rows {
        let network = row::parsed("api_key_networks", "network", &network, str::parse)?;
        of_key.entry(key.to()).or_default().push(network);
    }
    let whole = |(key, networks)| match AllowedNetworks::new(networks) {
        Ok(networks) => Ok((key, networks)),
        Err(_) => Err(Error::corrupt("api_key_networks", "network", "too many rows of one key")),
    };
    of_key.into_iter().map(whole).collect()
}

/// Puts these networks in the place of those that the key has.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn replace(change: &mut Change<'_>, space: SpaceId, id: ApiKeyId, networks: &AllowedNetworks) -> Result<(), Error> {
    use api_key_networks as t;
    delete(t::table.filter(t::api_key_id.eq(DbId::from(id)))).execute(change.db)?;
    for network in networks.iter() {
        let row =
            (t::space_id.eq(DbId::from(space)), t::api_key_id.eq(DbId::from(id)), t::network.eq(network.to_string()));
        insert_into(t::table).values(row).execute(change.db)?;
    }
    change.touch(Subject::ApiKey(id))
}
