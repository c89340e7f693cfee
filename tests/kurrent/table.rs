//! The double answers the event store's own client as the real server did.

use acceptance::double::{Double, Fault, Recorded};
use bytes::Bytes;
use eventstore::{
    AppendToStreamOptions, BatchAppendClient, Client, CurrentRevision, DeleteStreamOptions, Error, EventData,
    ExpectedRevision, ReadStreamOptions, StreamPosition, SubscribeToStreamOptions, SubscriptionEvent,
};
use std::future::Future;
use std::time::{Duration, Instant};
use uuid::Uuid;

const S: &str = "almoner-x";
/// Long enough for any answer that comes.
const PATIENCE: Duration = Duration::from_secs(10);
/// After so long without an answer there is none; any request arrives much faster.
const SILENCE: Duration = Duration::from_millis(300);

/// An event whose id is made of the letter.
fn event(letter: char) -> EventData {
    sized(Uuid::from_u128(u128::from(u32::from(letter))), 10)
}

fn sized(id: Uuid, size: usize) -> EventData {
    EventData::binary("entry", Bytes::from(vec![b'x'; size])).id(id)
}

fn events(letters: &str) -> Vec<EventData> {
    letters.chars().map(event).collect()
}

/// What became of an append.
#[derive(Debug, PartialEq)]
enum Said {
    Done(Option<u64>),
    Wrong(Option<u64>),
    NotLeader(u32),
    Deadline,
    /// The session or the connection is gone.
    Unavailable,
    Refused(tonic::Code, String),
    Nothing,
}

fn refused(error: Error) -> Said {
    match error {
        Error::WrongExpectedVersion { current: CurrentRevision::Current(at), .. } => Said::Wrong(Some(at)),
        Error::WrongExpectedVersion { .. } => Said::Wrong(None),
        Error::NotLeaderException(endpoint) => Said::NotLeader(endpoint.port),
        Error::DeadlineExceeded => Said::Deadline,
        Error::ServerError(_) => Said::Unavailable,
        Error::Grpc { code, message } => Said::Refused(code, message),
        other => panic!("{other:?}"),
    }
}

/// The two ways to append.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Single,
    Session,
}
use ExpectedRevision::{Any, Exact, NoStream, StreamExists};
use Way::{Session, Single};

impl Way {
    /// A session names only the kind of failure.
    fn wrong(self, current: Option<u64>) -> Said {
        match self {
            Single => Said::Wrong(current),
            Session => Said::Refused(tonic::Code::AlreadyExists, "WrongExpectedVersion".to_owned()),
        }
    }

    fn too_large(self) -> Said {
        let message = match self {
            Single => "Maximum Append Size of 1048576 Exceeded.",
            Session => "MaximumAppendSizeExceeded",
        };
        Said::Refused(tonic::Code::InvalidArgument, message.to_owned())
    }
}

fn client(connection: &str) -> Client {
    let settings = format!("{connection}&discoveryInterval=5");
    Client::new(settings.parse().unwrap()).unwrap()
}

/// A client of one node that does not, as it would by default, ask for the leader in every call.
fn follower(double: &Double, node: usize) -> Client {
    client(&format!("{}&nodePreference=follower", double.connection_to(node)))
}

async fn session(client: &Client) -> BatchAppendClient {
    client.batch_append(&Default::default()).await.unwrap()
}

async fn or_nothing(said: impl Future<Output = Said>, patience: Duration) -> Said {
    tokio::time::timeout(patience, said).await.unwrap_or(Said::Nothing)
}

/// The append arrives, and then there is silence.
async fn silent(double: &Double, said: impl Future<Output = Said>) -> Said {
    let before = double.appends();
    let silence = async {
        until(|| double.appends() > before).await;
        tokio::time::sleep(SILENCE).await;
    };
    tokio::select! {
        said = said => said,
        () = silence => Said::Nothing,
    }
}

async fn in_session(
    session: &BatchAppendClient,
    stream: &str,
    expected: ExpectedRevision,
    events: Vec<EventData>,
) -> Said {
    let said = async {
        match session.append_to_stream(stream, expected, events).await {
            Ok(result) => Said::Done(result.current_revision()),
            Err(error) => refused(error),
        }
    };
    or_nothing(said, PATIENCE).await
}

async fn single(client: &Client, stream: &str, expected: ExpectedRevision, events: Vec<EventData>) -> Said {
    let options = AppendToStreamOptions::default().expected_revision(expected);
    match client.append_to_stream(stream, &options, events).await {
        Ok(result) => Said::Done(Some(result.next_expected_version)),
        Err(error) => refused(error),
    }
}

async fn append(client: &Client, way: Way, expected: ExpectedRevision, events: Vec<EventData>) -> Said {
    match way {
        Single => single(client, S, expected, events).await,
        // The client ends a session at the first failure, so each append gets a new one.
        Session => in_session(&session(client).await, S, expected, events).await,
    }
}

/// Revisions and ids, as a reader finds them; `None` without a stream.
async fn read(client: &Client, options: &ReadStreamOptions) -> Option<Vec<(u64, Uuid)>> {
    let mut found = Vec::new();
    let mut stream = client.read_stream(S, options).await.unwrap();
    loop {
        match stream.next().await {
            Ok(Some(event)) => found.push((event.get_original_event().revision, event.get_original_event().id)),
            Ok(None) => return Some(found),
            Err(Error::ResourceNotFound) => return None,
            Err(error) => panic!("{error:?}"),
        }
    }
}

async fn letters(client: &Client) -> String {
    let found = read(client, &ReadStreamOptions::default()).await.unwrap_or_default();
    found.into_iter().map(|(_, id)| char::from_u32(id.as_u128() as u32).unwrap()).collect()
}

/// a b c by NoStream, d e after them.
async fn five(client: &Client) {
    assert_eq!(single(client, S, NoStream, events("abc")).await, Said::Done(Some(2)));
    assert_eq!(single(client, S, Exact(2), events("de")).await, Said::Done(Some(4)));
}

async fn until(what: impl Fn() -> bool) {
    let since = Instant::now();
    while !what() {
        assert!(since.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn what_is_there_is_acknowledged_again_and_everything_else_refused() {
    for way in [Single, Session] {
        let double = Double::start();
        let client = client(&double.connection());
        five(&client).await;
        let other_bodies = "abc".chars().map(|letter| sized(Uuid::from_u128(letter as u128), 99)).collect();
        let done = |revision| Said::Done(Some(revision));
        for (expected, sent, said) in [
            (NoStream, events("abc"), done(2)),
            (NoStream, other_bodies, done(2)),
            (NoStream, events("xyz"), way.wrong(Some(4))),
            (NoStream, events("abcx"), way.wrong(Some(4))),
            (Exact(2), events("de"), done(4)),
            (Exact(2), events("d"), done(3)),
            (Exact(2), events("dx"), way.wrong(Some(4))),
            (Exact(2), events("dex"), way.wrong(Some(4))),
            (Exact(2), events("x"), way.wrong(Some(4))),
            (Exact(99), events("x"), way.wrong(Some(4))),
            (Any, events("a"), done(0)),
            (StreamExists, events("e"), done(4)),
        ] {
            let what = format!("{way:?} {expected:?}");
            assert_eq!(append(&client, way, expected, sent).await, said, "{what}");
        }
        assert_eq!(letters(&client).await, "abcde");
        assert_eq!(append(&client, way, Exact(4), events("f")).await, done(5));
        assert_eq!(append(&client, way, Exact(5), events("a")).await, done(6));
        assert_eq!(append(&client, way, Any, events("g")).await, done(7));
        assert_eq!(letters(&client).await, "abcdefag");
        assert_eq!(double.appends(), 2 + 12 + 3);
        assert!(double.stream(S).unwrap().iter().all(|event| event.data.len() == 10 && event.kind == "entry"));
    }
}

#[tokio::test]
async fn a_missing_stream_has_no_revision() {
    for way in [Single, Session] {
        let double = Double::start();
        let client = client(&double.connection());
        assert_eq!(read(&client, &ReadStreamOptions::default()).await, None);
        assert_eq!(append(&client, way, Exact(0), events("a")).await, way.wrong(None));
        assert_eq!(append(&client, way, StreamExists, events("a")).await, way.wrong(None));
        assert_eq!(double.stream(S), None);
        assert_eq!(append(&client, way, Any, events("a")).await, Said::Done(Some(0)));
    }
}

#[tokio::test]
async fn an_append_has_a_largest_size() {
    for way in [Single, Session] {
        let double = Double::start();
        let client = client(&double.connection());
        let many = |size: usize| (0..2000).map(|_| sized(Uuid::new_v4(), size / 2000)).collect();
        assert_eq!(append(&client, way, NoStream, many(1000 << 10)).await, Said::Done(Some(1999)));
        assert_eq!(append(&client, way, Exact(1999), many(1100 << 10)).await, way.too_large());
        let one = vec![sized(Uuid::new_v4(), 3 << 20)];
        assert_eq!(append(&client, way, Exact(1999), one).await, way.too_large());
        assert_eq!(double.stream(S).unwrap().len(), 2000);
    }
}

#[tokio::test]
async fn reads_go_both_ways_from_anywhere() {
    let double = Double::start();
    let client = client(&double.connection());
    let ids: Vec<_> = (0..300).map(|_| Uuid::new_v4()).collect();
    single(&client, S, NoStream, ids.iter().map(|id| sized(*id, 1)).collect()).await;
    let every: Vec<_> = (0..).zip(ids).collect();
    let options = ReadStreamOptions::default;
    assert_eq!(read(&client, &options()).await.unwrap(), every);
    let backwards: Vec<_> = every.iter().rev().copied().collect();
    assert_eq!(read(&client, &options().backwards().position(StreamPosition::End)).await.unwrap(), backwards);
    let from = options().position(StreamPosition::Position(130)).max_count(150);
    assert_eq!(read(&client, &from).await.unwrap(), every[130..280]);
    let from = options().backwards().position(StreamPosition::Position(130)).max_count(2);
    assert_eq!(read(&client, &from).await.unwrap(), [every[130], every[129]]);
    let behind = options().position(StreamPosition::Position(300));
    assert_eq!(read(&client, &behind).await.unwrap(), []);
    let mut stream = client.read_stream(S, &options()).await.unwrap();
    let first = stream.next().await.unwrap().unwrap();
    let event = first.get_original_event();
    assert_eq!((event.stream_id.as_str(), event.event_type.as_str(), event.is_json), (S, "entry", false));
    assert!(event.created.to_string().starts_with("2026-11-21"));
}

#[tokio::test]
async fn metadata_hides_and_a_deleted_stream_goes_on_counting() {
    let double = Double::start();
    let client = client(&double.connection());
    single(&client, S, NoStream, events("abcdefghij")).await;
    let settings = EventData::json("$metadata", &serde_json::json!({"$maxCount": 3})).unwrap();
    single(&client, "$$almoner-x", Any, vec![settings]).await;
    assert_eq!(letters(&client).await, "hij");
    assert_eq!(double.stream(S).unwrap()[0].revision, 7);
    client.delete_stream(S, &DeleteStreamOptions::default()).await.unwrap();
    assert_eq!(read(&client, &ReadStreamOptions::default()).await, None);
    assert_eq!(double.stream(S), None);
    assert_eq!(single(&client, S, NoStream, events("k")).await, Said::Done(Some(10)));
    assert_eq!(letters(&client).await, "k");
}

#[tokio::test]
async fn of_two_first_appends_at_once_one_wins() {
    for way in [Single, Session] {
        let double = Double::start();
        let (one, other) = (client(&double.connection()), client(&double.connection()));
        let said = tokio::join!(append(&one, way, NoStream, events("a")), append(&other, way, NoStream, events("b")));
        assert!(
            said == (Said::Done(Some(0)), way.wrong(Some(0))) || said == (way.wrong(Some(0)), Said::Done(Some(0))),
            "{said:?}"
        );
        assert_eq!(letters(&one).await.len(), 1);
    }
}

#[tokio::test]
async fn a_subscription_catches_up_and_goes_on() {
    let double = Double::start();
    let client = client(&double.connection());
    let options = SubscribeToStreamOptions::default().start_from(StreamPosition::Position(2));
    five(&client).await;
    let mut subscription = client.subscribe_to_stream(S, &options).await;
    let first = subscription.next_subscription_event().await.unwrap();
    assert!(matches!(first, SubscriptionEvent::Confirmed(_)));
    for revision in [3, 4] {
        assert_eq!(subscription.next().await.unwrap().get_original_event().revision, revision);
    }
    let coming = tokio::spawn(async move { subscription.next().await.unwrap().get_original_event().revision });
    single(&client, S, Exact(4), events("f")).await;
    assert_eq!(tokio::time::timeout(PATIENCE, coming).await.unwrap().unwrap(), 5);
}

#[tokio::test]
async fn a_follower_names_the_leader_and_the_next_call_goes_there() {
    let double = Double::cluster(3);
    let port = |node: usize| double.connection_to(node)[17..].split('?').next().unwrap().parse::<u32>().unwrap();
    let lost = client(&double.connection_to(1));
    assert_eq!(single(&lost, S, NoStream, events("a")).await, Said::NotLeader(port(0)));
    assert_eq!(single(&lost, S, NoStream, events("a")).await, Said::Done(Some(0)));
    // A session refused before its first answer ends without headers, and the client stays where it is.
    let lost = client(&double.connection_to(2));
    assert_eq!(append(&lost, Session, Exact(0), events("b")).await, Said::NotLeader(port(0)));
    assert_eq!(append(&lost, Session, Exact(0), events("b")).await, Said::NotLeader(port(0)));
    // A read for the leader only moves it.
    let options = ReadStreamOptions::default().requires_leader(true);
    let read = lost.read_stream(S, &options).await;
    assert!(matches!(read, Err(Error::NotLeaderException(_))));
    assert_eq!(append(&lost, Session, Exact(0), events("b")).await, Said::Done(Some(1)));
    // Who does not ask for the leader, reads from followers.
    assert_eq!(letters(&follower(&double, 1)).await, "ab");
    // And by gossip a client finds the leader at once.
    double.elect(2);
    assert_eq!(single(&client(&double.connection()), S, Exact(1), events("c")).await, Said::Done(Some(2)));
}

/// Lets one fault hit an append in a session that has had an answer, and one by itself.
async fn suffer(fault: Fault, in_a_session: Said, alone: Said, written: bool) {
    for (way, said) in [(Session, in_a_session), (Single, alone)] {
        let double = Double::start();
        let client = client(&double.connection());
        let session = session(&client).await;
        assert_eq!(in_session(&session, S, NoStream, events("a")).await, Said::Done(Some(0)));
        double.fault_on("another", Fault::Dropped);
        double.fault(fault.clone());
        let suffering = async {
            match way {
                Session => in_session(&session, S, Exact(0), events("b")).await,
                Single => single(&client, S, Exact(0), events("b")).await,
            }
        };
        let suffered = match said {
            Said::Nothing => silent(&double, suffering).await,
            _ => or_nothing(suffering, PATIENCE).await,
        };
        assert_eq!(suffered, said, "{way:?} {fault:?}");
        assert_eq!(letters(&client).await, if written { "ab" } else { "a" }, "{way:?} {fault:?}");
        // The same append again settles it, whatever happened.
        assert_eq!(append(&client, way, Exact(0), events("b")).await, Said::Done(Some(1)));
        assert_eq!(letters(&client).await, "ab");
    }
}

#[tokio::test]
async fn answers_get_lost() {
    use Said::{Nothing, Unavailable};
    tokio::join!(
        suffer(Fault::AckLost, Unavailable, Unavailable, true),
        suffer(Fault::AckLostSilently, Nothing, Nothing, true),
        suffer(Fault::Dropped, Unavailable, Unavailable, false),
        suffer(Fault::DroppedSilently, Nothing, Nothing, false),
        // The client does not notice that a session has ended well; a single append without its message
        // is an error to it.
        suffer(Fault::CleanEnd, Nothing, Unavailable, false),
        suffer(Fault::CleanEndAfterCommit, Nothing, Unavailable, true),
    );
}

#[tokio::test]
async fn answers_mislead() {
    let refused = |code, message: &str| Said::Refused(code, message.to_owned());
    let timeout = || refused(tonic::Code::DeadlineExceeded, "Timeout");
    let aborted = || refused(tonic::Code::Aborted, "Commit phase timeout");
    let not_ready = refused(tonic::Code::Ok, "Server Is Not Ready");
    tokio::join!(
        suffer(Fault::WrongExpectedVersion { current: 77 }, Session.wrong(None), Said::Wrong(Some(77)), false),
        suffer(Fault::NotReady, not_ready, Said::Unavailable, false),
        suffer(Fault::NotLeader { endpoint: None }, Said::Unavailable, Said::Unavailable, false),
        suffer(Fault::CommitTimeout { written: true }, timeout(), aborted(), true),
        suffer(Fault::CommitTimeout { written: false }, timeout(), aborted(), false),
    );
    let double = Double::start();
    double.fault(Fault::NotLeader { endpoint: Some(0) });
    let said = single(&client(&double.connection()), S, NoStream, events("a")).await;
    assert!(matches!(said, Said::NotLeader(_)));
}

#[tokio::test]
async fn a_node_refuses_for_a_while() {
    for way in [Single, Session] {
        let double = Double::start();
        let first = client(&double.connection());
        five(&first).await;
        double.fault(Fault::Refuse { for_: Duration::from_millis(100) });
        let since = Instant::now();
        assert_eq!(append(&first, way, Exact(4), events("f")).await, Said::Unavailable);
        until(|| double.listens(0)).await;
        assert!(since.elapsed() >= Duration::from_millis(100));
        let again = client(&double.connection());
        assert_eq!(append(&again, way, Exact(4), events("f")).await, Said::Done(Some(5)));
    }
}

#[tokio::test]
async fn a_killed_node_comes_back_on_its_port() {
    let double = Double::start();
    let first = client(&double.connection());
    five(&first).await;
    let open = session(&first).await;
    assert_eq!(in_session(&open, S, Exact(4), events("f")).await, Said::Done(Some(5)));
    let mut stream = first.subscribe_to_stream(S, &SubscribeToStreamOptions::default()).await;
    stream.next_subscription_event().await.unwrap();
    for _ in 0..3 {
        double.kill(0);
        assert!(!double.listens(0));
        let address = &double.connection()[7..].split('?').next().unwrap().to_owned();
        let refused = std::net::TcpStream::connect(address).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
        double.revive(0);
        std::net::TcpStream::connect(address).unwrap();
    }
    assert!(tokio::time::timeout(PATIENCE, stream.next()).await.unwrap().is_err());
    let again = client(&double.connection());
    assert_eq!(letters(&again).await, "abcdef");
    assert_eq!(single(&again, S, Exact(5), events("g")).await, Said::Done(Some(6)));
}

#[tokio::test]
async fn a_frozen_node_does_at_its_thaw_what_nobody_waits_for() {
    for way in [Single, Session] {
        let double = Double::start();
        let first = client(&double.connection());
        five(&first).await;
        let open = session(&first).await;
        assert_eq!(in_session(&open, S, Exact(4), events("f")).await, Said::Done(Some(5)));
        double.freeze(0);
        let options = AppendToStreamOptions::default().expected_revision(Exact(5)).deadline(SILENCE);
        match way {
            Single => {
                let gone = first.append_to_stream(S, &options, events("g")).await;
                assert!(matches!(gone, Err(Error::DeadlineExceeded)), "{gone:?}");
            }
            Session => {
                let said = or_nothing(in_session(&open, S, Exact(5), events("g")), SILENCE).await;
                assert_eq!(said, Said::Nothing);
            }
        }
        let reading = ReadStreamOptions::default().deadline(SILENCE);
        assert!(first.read_stream(S, &reading).await.is_err());
        assert_eq!(double.stream(S).unwrap().len(), 6);
        drop(open);
        double.thaw(0);
        until(|| double.stream(S).unwrap().len() == 7).await;
        assert_eq!(letters(&client(&double.connection())).await, "abcdefg");
    }
}

#[tokio::test]
async fn an_election_decides_what_only_the_leader_has() {
    let timeout = || Said::Refused(tonic::Code::DeadlineExceeded, "Timeout".to_owned());
    let one = async |survives: bool| {
        let double = Double::cluster(3);
        let first = client(&double.connection_to(0));
        five(&first).await;
        double.fault(Fault::Uncommitted { survives });
        let since = Instant::now();
        let tail = session(&first).await;
        let tail = in_session(&tail, S, Exact(4), events("fg"));
        let others = async {
            until(|| double.appends() == 3).await;
            // Refused at once, by a revision that no reader sees.
            assert_eq!(single(&first, S, Exact(4), events("x")).await, Said::Wrong(Some(6)));
            assert_eq!(single(&first, S, Exact(6), events("x")).await, Said::Wrong(Some(6)));
            assert_eq!(letters(&first).await, "abcde");
            assert!(since.elapsed() < Duration::from_secs(2));
            // The same ids get no answer until the leader gives up.
            assert_eq!(append(&first, Session, Exact(4), events("fg")).await, timeout());
        };
        assert_eq!(tokio::join!(tail, others).0, timeout());
        assert!(since.elapsed() >= Duration::from_millis(2200));
        assert_eq!(letters(&first).await, "abcde");
        double.elect(1);
        let second = client(&double.connection());
        assert_eq!(letters(&second).await, if survives { "abcdefg" } else { "abcde" });
        assert_eq!(single(&second, S, Exact(4), events("fg")).await, Said::Done(Some(6)));
        assert_eq!(letters(&second).await, "abcdefg");
    };
    tokio::join!(one(true), one(false));
}

#[tokio::test]
async fn a_deposed_leader_shows_its_own_past_for_a_while() {
    let double = Double::cluster(3);
    let old = client(&double.connection_to(0));
    five(&old).await;
    double.fault(Fault::Uncommitted { survives: true });
    assert_eq!(silent(&double, append(&old, Session, Exact(4), events("fgh"))).await, Said::Nothing);
    let new = follower(&double, 1);
    assert_eq!(letters(&new).await, "abcde");
    double.depose(0, 1, Duration::from_millis(1500));
    assert_eq!(letters(&new).await, "abcde");
    assert_eq!(single(&new, S, Exact(4), events("x")).await, Said::Done(Some(5)));
    let leader_only = ReadStreamOptions::default().requires_leader(true);
    assert_eq!(read(&old, &leader_only).await.unwrap().len(), 8);
    assert_eq!(letters(&old).await, "abcdefgh");
    assert_eq!(single(&old, S, Exact(4), events("x")).await, Said::Wrong(Some(7)));
    assert_eq!(letters(&new).await, "abcdex");
    until(|| !double.listens(0)).await;
    double.revive(0);
    let back = follower(&double, 0);
    assert_eq!(letters(&back).await, "abcdex");
    assert!(matches!(single(&back, S, Exact(5), events("y")).await, Said::NotLeader(_)));
}

#[tokio::test]
async fn tests_look_inside_and_tamper() {
    let double = Double::start();
    let client = client(&double.connection());
    double.answer_delay(Duration::from_millis(20));
    five(&client).await;
    let session = session(&client).await;
    in_session(&session, S, Exact(4), events("f")).await;
    let times = double.answer_times();
    assert!(times.len() == 3 && times.iter().all(|time| *time >= Duration::from_millis(20)), "{times:?}");
    assert!(double.answer_times().is_empty());
    let copy = double.stream(S).unwrap();
    double.tamper(S, |events: &mut Vec<Recorded>| {
        events[1].data = Bytes::from_static(b"redacted");
        events.truncate(3);
    });
    assert_eq!(letters(&client).await, "abc");
    assert_eq!(double.stream(S).unwrap()[1].data, "redacted");
    assert_eq!(single(&client, S, Exact(5), events("g")).await, Said::Wrong(Some(2)));
    double.tamper(S, |events| *events = copy);
    assert_eq!(single(&client, S, Exact(5), events("g")).await, Said::Done(Some(6)));
}

#[test]
fn a_double_is_used_without_a_runtime() {
    let double = Double::cluster(2);
    double.kill(1);
    double.revive(1);
    double.elect(1);
    assert!(double.listens(0) && double.listens(1) && double.stream(S).is_none());
    let address = double.connection_to(0)[7..].split('?').next().unwrap().to_owned();
    drop(double);
    assert!(std::net::TcpStream::connect(address).is_err());
}
