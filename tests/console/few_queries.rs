//! Lists of the site and of clients ask the database as often for many lines as for few.

use std::time::Duration;

use keystead::{
    domain::{authority::Authority, key_pair::ExpiryPolicy},
    manage::spaces::{self, CreateSpace},
};

use crate::{
    on_both,
    person::{Person, give},
    support::{
        applications::{application_of, redirect_uri},
        queries::count_queries,
        site::{TestSite, name},
    },
};

on_both! {
    #[test]
    fn more_lines_take_no_more_queries(backend) {
        let site = TestSite::new(backend);
        let (server, log) = site.serve_logged();
        let mut ada = Person::admin(&site, &server);
        give(&site, ada.id, "site_admin", &[]);
        let settings = format!("/spaces/{}/settings", site.space);
        let lists = ["/site/spaces", "/site/signing-keys", "/site/expiring-keys", "/account/clients", settings.as_str()];
        let now = site.store.now().expect("it answers");
        let owner = ada.id;
        let mut add = |number: u32| {
            let title = name(&format!("Space {number}"));
            let space = site.change(|change, deps| {
                spaces::create(change, deps, &Authority::OPERATOR, CreateSpace::production(title))
            });
            site.key_with(|key| {
                key.space = space.id;
                key.expiry = ExpiryPolicy::At(now.plus(Duration::from_hours(48)));
            });
            let mut input = application_of(&site);
            input.owner = Some(owner);
            input.redirect_uris = vec![redirect_uri(&format!("https://app{number}.example.com/"))];
            site.change(|change, deps| keystead::manage::applications::create(change, deps, &Authority::OPERATOR, input));
        };
        add(0);
        let few: Vec<usize> = lists.iter().map(|path| {
            ada.page(path);
            count_queries(&log, || ada.page(path)).1
        }).collect();
        (1..8).for_each(&mut add);
        let many: Vec<usize> = lists.iter().map(|path| {
            ada.page(path);
            count_queries(&log, || ada.page(path)).1
        }).collect();
        assert_eq!(few, many, "{lists:?}");
        assert!(ada.page("/site/expiring-keys").contains("Space 7"));
    }
}
