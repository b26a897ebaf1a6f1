//! The inspector beside introspection, for tokens that an application got for a user: what ends one is named. Every state that
//! other tests of this binary bring a token into is compared too (`World::is_active`).

use keystead::{
    domain::{
        authority::Authority,
        condition::Question,
        explanation::{AboutKind, Kind},
        ids::GrantId,
    },
    manage::{self, Error, authority::of_user, grants::ConsentOfUser, spaces::EditSpace, users::EnableUser},
};

use crate::{
    on_both,
    support::{
        browser::{PASSWORD, set_password},
        explained::{explained, explained_to, failures},
        log_in_with::{claims, tokens},
    },
    world::{OPERATOR, World},
};

#[track_caller]
fn dead(world: &World, token: &str, reasons: &[Question]) {
    assert!(!world.is_active(token), "introspection says that it is active: {reasons:?}");
    assert_eq!(failures(&explained(&world.site, token)), reasons);
}

fn grant_of(token: &str) -> GrantId {
    claims(token)["grant"].as_str().expect("a grant").parse().expect("its id")
}

on_both! {
    // Covers: EX-01
    #[test]
    fn whatever_ends_a_token_of_an_application_is_named(backend) {
        let mut world = World::new(backend);
        let (id, user, space) = (world.application.id(), world.user, world.site.space);

        let token = world.log_in(&[]).access;
        let said = explained(&world.site, &token);
        assert_eq!((said.kind, failures(&said)), (Kind::TokenOfApplication, vec![]));
        world.site.change(|change, deps| manage::applications::disable(change, deps, OPERATOR, id));
        dead(&world, &token, &[Question::ApplicationEnabled, Question::NotCutOffByApplication]);
        world.site.change(|change, deps| manage::applications::enable(change, deps, OPERATOR, id));
        dead(&world, &token, &[Question::NotCutOffByApplication]);

        let token = world.log_in(&[]).access;
        set_password(&world.site, user, PASSWORD);
        dead(&world, &token, &[Question::NotCutOffByUserLogins]);
        world.log_in_again();

        // A refresh token that is used after its successor ends its family.
        let first = world.log_in(&[]);
        let second = tokens(&world.refresh(&first));
        tokens(&world.refresh(&second));
        world.advance(11);
        assert_eq!(world.refresh(&first).status, 400);
        dead(&world, &first.access, &[Question::FamilyExists]);

        let policy = |policy| world.site.change(|change, deps| {
            let input = EditSpace { application_policy: Some(policy), ..EditSpace::of(space) };
            manage::spaces::edit(change, deps, OPERATOR, input).map(drop)
        });
        let token = world.log_in(&[]).access;
        policy(keystead::domain::space::ApplicationPolicy::None);
        let failed = failures(&explained(&world.site, &token));
        assert!(!world.is_active(&token) && failed.contains(&Question::ApplicationAdmitted), "{failed:?}");
        policy(keystead::domain::space::ApplicationPolicy::Any);
        assert!(!world.is_active(&token));

        let token = world.log_in(&[]).access;
        let grant: GrantId = grant_of(&token);
        let input = ConsentOfUser { user, grant };
        world.site.change(|change, deps| manage::grants::withdraw(change, deps, OPERATOR, input));
        dead(&world, &token, &[Question::GrantExists, Question::FamilyExists]);

        let token = world.log_in(&[]).access;
        world.site.change(|change, deps| manage::users::disable(change, deps, OPERATOR, user).map(drop));
        let failed = failures(&explained(&world.site, &token));
        assert!(!world.is_active(&token) && failed.contains(&Question::UserEnabled), "{failed:?}");
        let input = EnableUser { id: user, restore_keys: false };
        world.site.change(|change, deps| manage::users::enable(change, deps, OPERATOR, input));
        assert!(!world.is_active(&token));
    }

    // Covers: EX-01
    #[test]
    fn the_end_of_a_token_and_a_closed_space_are_named(backend) {
        let world = World::new(backend);
        let token = world.log_in(&[]).access;
        world.advance(24 * 60 * 60);
        let failed = failures(&explained(&world.site, &token));
        assert!(!world.is_active(&token) && failed.contains(&Question::InTime), "{failed:?}");

        let world = World::new(backend);
        let token = world.log_in(&[]).access;
        world.site.change(|change, deps| manage::spaces::close(change, deps, OPERATOR, world.site.space));
        let failed = failures(&explained(&world.site, &token));
        assert!(!world.is_active(&token));
        for question in [Question::SpaceOpen, Question::ApplicationSpaceOpen, Question::NotCutOffBySpace] {
            assert!(failed.contains(&question), "{question}: {failed:?}");
        }
    }

    // Covers: EX-03
    #[test]
    fn the_user_for_whom_it_speaks_sees_it_and_other_users_do_not(backend) {
        let world = World::new(backend);
        let got = world.log_in(&[]);
        let other = world.site.user("other");
        let authority = |id| world.site.store.snapshot(|tx| of_user(tx, id)).expect("a user");
        let to = |authority: &Authority, text: &str| explained_to(&world.site, authority, text);

        let own = to(&authority(world.user), &got.access).expect("it is one's own");
        assert!(own.about.iter().any(|about| about.kind == AboutKind::User && about.id == world.user.to_string()));
        let missing = to(&authority(other), &got.access);
        assert!(matches!(missing, Err(Error::NotFound { .. })), "{missing:?}");
        let grant = grant_of(&got.access).to_string();
        let (mine, others) = (to(&authority(world.user), &grant), to(&authority(other), &grant));
        assert!(mine.expect("one's own consent").is_active());
        let never = to(&authority(other), "gra_00000000000000000000000000000001").expect_err("there is none");
        assert_eq!(others.expect_err("it is somebody else's").to_string(), never.to_string());

        // A refresh token is recognized by its form; whose it is, is told to nobody.
        let refresh = to(&authority(other), got.refresh()).expect("its form is public");
        assert_eq!((refresh.kind, refresh.about.len()), (Kind::RefreshToken, 0));
        assert_eq!(failures(&refresh), [Question::OpensApi]);
        assert!(!world.is_active(got.refresh()));
        let id = to(&authority(world.user), got.id()).expect("its form is public");
        assert_eq!((id.kind, failures(&id)), (Kind::Foreign, vec![Question::Signed]));
        assert!(id.steps[0].says.contains("for another use"), "{}", id.steps[0].says);
    }
}
