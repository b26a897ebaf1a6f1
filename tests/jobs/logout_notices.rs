//! Back-channel logout: applications hear that sessions ended, whatever other applications do.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use keystead::{
    config::Issuer,
    crypto::jwt::{self, TokenType, Verified},
    domain::{
        change::Subject,
        ids::{ApplicationId, SessionId, UserId},
        redirect_uri::RedirectUri,
        signing_key::SigningAlgorithm,
    },
    jobs::{
        JobContext, Jobs, cleanup,
        counts::JobCounts,
        logout_notices::{Courier, Told},
        outgoing::Outgoing,
    },
    manage::signing_keys::Schedule,
    store::{self, logout_notices},
};

use crate::{
    application::{BROKEN, Listening, LogoutToken, NO_CONTENT, NOTHING, OK},
    on_both,
    support::site::{ISSUER, TestSite},
};

const DAY: Duration = Duration::from_hours(24);
/// More than the distance between the first two attempts.
const A_WHILE: Duration = Duration::from_secs(16);

pub(crate) fn context(site: &TestSite) -> JobContext {
    JobContext {
        live: site.live(),
        deps: site.deps.clone(),
        schedule: Schedule { rotation_interval: DAY * 30, publish_lead: DAY, passive_life: DAY },
        algorithms: Vec::new(),
        notes: Arc::default(),
        issuer: issuer(),
        session_idle: DAY,
        counts: JobCounts::default(),
    }
}

pub(crate) fn issuer() -> Issuer {
    Issuer::parse(ISSUER).expect("an issuer")
}

/// Whoever delivers on a node that has just started.
fn courier(site: &TestSite) -> Courier {
    Courier::new(&context(site), Outgoing::of(&issuer())).expect("it starts")
}

fn deliver(site: &TestSite) -> Told {
    courier(site).run_once().expect("the database answers")
}

fn told(delivered: usize, failed: usize) -> Told {
    Told { delivered, failed, dropped: 0 }
}

/// An application that wants to hear of logouts there.
fn application(site: &TestSite, url: &str) -> ApplicationId {
    let made = site.application_with(|input| {
        input.backchannel_logout_uri = Some(RedirectUri::parse(url).expect("it can be called"));
        input.id_token_algorithm = Some(SigningAlgorithm::Es256);
    });
    made.client_id.parse().expect("an application")
}

/// The end of a session that never was.
fn end_session(site: &TestSite, application: ApplicationId, user: UserId) -> SessionId {
    site.change(|change, _| {
        let now = change.now();
        let session = keystead::domain::session::Session {
            id: change.new_id(),
            user,
            made_at: change.seq(),
            created_at: now,
            authenticated_at: now,
            last_seen_at: now,
            expires_at: now.plus(DAY),
            address: None,
            device: String::new(),
        };
        store::session_ends::notify(change, application, &session, now.plus(DAY))?;
        change.touch(Subject::User(user))?;
        Ok(session.id)
    })
}

fn kept(site: &TestSite) -> i64 {
    site.database.number("(SELECT COUNT(*) FROM logout_notices)")
}

fn read(site: &TestSite, token: &str) -> Verified<LogoutToken> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let live = site.live();
    let ring = runtime.block_on(live.decide(async |view| view.key_ring().await)).expect("the keys");
    let read = jwt::verify(token, TokenType::LogoutToken, ISSUER, &ring).expect("a logout token");
    for other in [TokenType::IdToken, TokenType::AccessToken] {
        assert!(jwt::verify::<LogoutToken>(token, other, ISSUER, &ring).is_err(), "it is nothing else");
    }
    read
}

on_both! {
    // Covers: OC-07
    #[test]
    fn an_application_hears_who_logged_out_of_what_in_a_token_for_it_alone(backend) {
        let site = TestSite::new(backend);
        let listening = Listening::answering(&[OK]);
        let (application, user) = (application(&site, &listening.url()), site.user("jo"));
        let session = end_session(&site, application, user);
        assert_eq!(deliver(&site), told(1, 0));
        assert_eq!(deliver(&site), told(0, 0), "once is enough");
        assert_eq!(kept(&site), 0);

        let heard = listening.heard().remove(0);
        assert!(heard.head.starts_with("POST /backchannel_logout HTTP/1.1\r\n"), "{}", heard.head);
        let lower = heard.head.to_ascii_lowercase();
        assert!(lower.contains("\r\ncontent-type: application/x-www-form-urlencoded"), "{lower}");
        assert!(!lower.contains("cookie") && !lower.contains("authorization"), "{lower}");
        let claims = read(&site, &listening.tokens()[0]).claims;
        let now = site.store.now().expect("a time").as_seconds();
        assert_eq!((claims.aud, claims.sub), (application.to_string(), user.to_string()));
        assert_eq!(claims.sid, session.to_string());
        assert!(claims.jti.starts_with("lgn_"), "{}", claims.jti);
        assert!((now - 60..=now).contains(&claims.iat), "{} is not {now}", claims.iat);
        assert_eq!(claims.exp - claims.iat, 120);
        assert_eq!(claims.events, serde_json::json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));
    }

    // Covers: OC-07
    #[test]
    fn an_application_that_fails_is_told_again_under_the_same_id(backend) {
        let site = TestSite::new(backend);
        let listening = Listening::answering(&[BROKEN, NO_CONTENT]);
        end_session(&site, application(&site, &listening.url()), site.user("jo"));
        assert_eq!(deliver(&site), told(0, 1));
        assert_eq!(deliver(&site), told(0, 0), "not at once");
        site.clock.advance(A_WHILE);
        assert_eq!(deliver(&site), told(1, 0));
        assert_eq!(kept(&site), 0);
        let tokens = listening.tokens();
        let [first, second] = &*tokens else { panic!("two calls: {tokens:?}") };
        let (first, second) = (read(&site, first).claims, read(&site, second).claims);
        assert_eq!(first.jti, second.jti);
        assert!(second.iat > first.iat, "each attempt has a token that is young");
    }

    // Covers: OC-07, H9
    #[test]
    fn applications_that_hang_redirect_or_cannot_be_called_hold_up_nobody(backend) {
        let site = TestSite::new(backend);
        let (elsewhere, good) = (Listening::answering(&[OK]), Listening::answering(&[OK]));
        let hanging = Listening::answering(&[NOTHING]);
        let found = format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", elsewhere.url());
        let redirecting = Listening::answering(&[&found]);
        let urls = [hanging.url(), redirecting.url(), "https://10.0.0.1/logout".to_owned(), good.url()];
        let [hangs, redirects, inside, hears] = urls.map(|url| application(&site, &url));
        let user = site.user("jo");
        for _ in 0..150 {
            end_session(&site, hangs, user);
        }
        for application in [redirects, inside, hears] {
            end_session(&site, application, user);
        }
        let begun = Instant::now();
        assert_eq!(deliver(&site), told(1, 3), "an application that failed is left alone for a while");
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
        assert_eq!(good.heard().len(), 1);
        assert_eq!((hanging.heard().len(), redirecting.heard().len()), (1, 1));
        assert!(elsewhere.heard().is_empty(), "a redirect is not followed");
        assert_eq!(kept(&site), 152);
    }

    // Covers: OC-07
    #[test]
    fn nodes_share_the_work_and_lose_nothing_when_one_dies(backend) {
        let site = TestSite::new(backend);
        let (one, other) = (Listening::answering(&[OK]), Listening::answering(&[OK]));
        let (user, mut sessions) = (site.user("jo"), BTreeSet::new());
        for listening in [&one, &other] {
            let application = application(&site, &listening.url());
            for _ in 0..10 {
                sessions.insert(end_session(&site, application, user).to_string());
            }
        }
        // A node takes a notice and dies before it sends it.
        let now = site.store.now().expect("a time");
        let due = site.store.snapshot(|tx| logout_notices::due(tx, now, &[], 1)).expect("it answers").remove(0);
        let claim = || site.store.redeem(|redemption| logout_notices::claim(redemption, &due, now.plus(A_WHILE)));
        assert!(claim().expect("it commits"));
        assert!(!claim().expect("it commits"), "one node alone takes it");

        let mut nodes = [courier(&site), courier(&site)];
        let run = |node: &mut Courier| node.run_once().expect("the database answers").delivered;
        let delivered: usize = std::thread::scope(|scope| {
            let threads = nodes.each_mut().map(|node| scope.spawn(move || run(node)));
            threads.into_iter().map(|thread| thread.join().expect("it ends")).sum()
        });
        assert_eq!(delivered, 19);
        site.clock.advance(A_WHILE * 2);
        assert_eq!(deliver(&site), told(1, 0));
        let tokens: Vec<String> = [one, other].iter().flat_map(Listening::tokens).collect();
        let claims: Vec<LogoutToken> = tokens.iter().map(|token| read(&site, token).claims).collect();
        let jtis: BTreeSet<&str> = claims.iter().map(|claims| claims.jti.as_str()).collect();
        assert_eq!((claims.len(), jtis.len()), (20, 20));
        assert!(jtis.contains(due.id.to_string().as_str()));
        assert_eq!(claims.into_iter().map(|claims| claims.sid).collect::<BTreeSet<_>>(), sessions);
    }

    #[test]
    fn a_notice_is_given_up_after_its_time_and_one_that_nobody_wants_is_dropped(backend) {
        let site = TestSite::new(backend);
        let listening = Listening::answering(&[BROKEN]);
        let user = site.user("jo");
        end_session(&site, application(&site, &listening.url()), user);
        assert_eq!(deliver(&site), told(0, 1));
        site.clock.advance(DAY);
        assert_eq!(deliver(&site), told(0, 0));
        assert_eq!(cleanup::run_once(&site.store).expect("it cleans up").logout_notices, 1);

        let silent = application(&site, &listening.url());
        end_session(&site, silent, user);
        site.database.execute("UPDATE applications SET backchannel_logout_uri = NULL");
        assert_eq!(deliver(&site), Told { dropped: 1, ..Told::default() });
        assert_eq!(kept(&site), 0);
    }

    // Covers: OC-07
    #[test]
    fn an_application_whose_token_cannot_be_signed_holds_up_nobody(backend) {
        let site = TestSite::new(backend);
        let good = Listening::answering(&[OK]);
        let user = site.user("jo");
        let unsigned = application(&site, &good.url());
        end_session(&site, unsigned, user);
        site.database.execute("UPDATE applications SET id_token_algorithm = 'RS256'");
        end_session(&site, application(&site, &good.url()), user);
        assert_eq!(deliver(&site), told(1, 1));
        assert_eq!((good.heard().len(), kept(&site)), (1, 1));
    }

    #[test]
    fn the_server_delivers_beside_its_other_jobs_and_stops(backend) {
        let site = TestSite::new(backend);
        let listening = Listening::answering(&[OK]);
        let application = application(&site, &listening.url());
        let jobs = Jobs::start(context(&site)).expect("threads");
        end_session(&site, application, site.user("jo"));
        let begun = Instant::now();
        while kept(&site) > 0 {
            assert!(begun.elapsed() < Duration::from_mins(1), "nothing was delivered");
            std::thread::yield_now();
        }
        drop(jobs);
        assert_eq!(listening.heard().len(), 1);
    }
}
