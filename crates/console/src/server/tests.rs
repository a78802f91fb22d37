//! Tests of the admin server over a plain socket.

use std::io::{Read, Write};
use std::net::TcpStream as Socket;
use std::time::Instant;

use super::*;
use crate::{Answered, AskError, Ended, Question, Verb, ask};
use segue_telemetry::{Counter, IntakeResult};

const WAIT_MAX: Duration = Duration::from_secs(20);

fn server(metrics: Metrics, health: Health) -> Server {
    serve("127.0.0.1:0", metrics, health, None, None).unwrap()
}

fn connect(address: SocketAddr) -> Socket {
    let socket = Socket::connect(address).unwrap();
    socket.set_read_timeout(Some(WAIT_MAX)).unwrap();
    socket
}

/// Sends a request as it stands, and returns the status and all that came.
fn request(address: SocketAddr, text: &str) -> (u16, String) {
    let mut socket = connect(address);
    socket.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = socket.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("no status in {answer:?}")), answer)
}

fn get(address: SocketAddr, path: &str) -> (u16, String) {
    request(address, &format!("GET {path} HTTP/1.1\r\nHost: segue\r\nConnection: close\r\n\r\n"))
}

fn json(answer: &str) -> serde_json::Value {
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap()
}

#[test]
fn readiness_is_503_with_the_reasons_until_all_parts_are_ready() {
    let health = Health::new();
    let server = server(Metrics::new(), health.clone());
    let (intake, decide) = (health.part("intake"), health.part("decide"));
    intake.ready();
    decide.starting("restoring");
    let (status, answer) = get(server.addr(), "/readyz");
    assert_eq!(status, 503);
    let body = json(&answer);
    assert_eq!(body["status"], "not ready");
    assert_eq!(body["parts"][0]["name"], "decide");
    assert_eq!(body["parts"][0]["state"], "starting");
    assert_eq!(body["parts"][0]["reason"], "restoring");
    decide.ready();
    let (status, answer) = get(server.addr(), "/readyz");
    assert_eq!((status, json(&answer)["status"].as_str()), (200, Some("ready")));
    intake.stopped("the broker is gone");
    assert_eq!(get(server.addr(), "/readyz").0, 503);
    assert_eq!(get(server.addr(), "/livez").0, 200);
}

#[test]
fn liveness_is_503_when_a_loop_hangs() {
    let health = Health::with_silence_max(Duration::ZERO);
    let server = server(Metrics::new(), health.clone());
    assert_eq!(get(server.addr(), "/livez").0, 200);
    health.part("decide").tick();
    let (status, answer) = get(server.addr(), "/livez");
    assert_eq!(status, 503);
    assert!(json(&answer)["parts"][0]["reason"].as_str().unwrap().contains("has not ticked"));
}

#[test]
fn metrics_are_served_as_prometheus_reads_them() {
    let metrics = Metrics::new();
    let server = server(metrics.clone(), Health::new());
    metrics.count(Counter::IntakeRecords { source: "crm", result: IntakeResult::Logged }, 4);
    let (status, answer) = get(server.addr(), "/metrics");
    assert_eq!(status, 200);
    assert!(answer.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{answer}");
    assert!(answer.contains("segue_intake_records_total{result=\"logged\",source=\"crm\"} 4\n"), "{answer}");
}

#[test]
fn other_paths_and_methods_are_refused() {
    let server = server(Metrics::new(), Health::new());
    let (status, answer) = get(server.addr(), "/nowhere");
    assert_eq!((status, json(&answer)["error"].as_str()), (404, Some("there is no page /nowhere")));
    let post = "POST /metrics HTTP/1.1\r\nHost: segue\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    assert_eq!(request(server.addr(), post).0, 405);
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let server = server(Metrics::new(), Health::new());
    // Nothing is sent after what the server reads, so that its answer is not lost to a reset.
    let start = "GET /livez HTTP/1.1\r\nHost: segue\r\nX-Long: ";
    let text = format!("{start}{}", "x".repeat(HEAD_BYTES_MAX - start.len()));
    assert_eq!(request(server.addr(), &text).0, 431);
}

#[test]
fn a_client_that_sends_no_request_is_cut_off() {
    let pages = pages::pages(Metrics::new(), Health::new(), None, None).unwrap();
    let server = start("127.0.0.1:0", pages, Duration::from_millis(50)).unwrap();
    let mut socket = connect(server.addr());
    socket.write_all(b"GET /livez HTTP/1.1\r\n").unwrap();
    let mut answer = Vec::new();
    let began = Instant::now();
    let _ = socket.read_to_end(&mut answer).unwrap();
    assert!(began.elapsed() < WAIT_MAX, "the connection was closed by the server");
}

#[test]
fn an_address_that_is_taken_is_named_with_what_to_do() {
    let first = server(Metrics::new(), Health::new());
    let taken = first.addr();
    let error = serve(&taken.to_string(), Metrics::new(), Health::new(), None, None).unwrap_err();
    let expected =
        format!("cannot listen on {taken}; give another address in admin.listen, or stop what uses this one");
    assert_eq!(error.to_string(), expected);
    let error = serve("everywhere", Metrics::new(), Health::new(), None, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"everywhere\" is not an address to listen on; write it as 127.0.0.1:8080"
    );
}

#[test]
fn a_stopped_server_has_closed_its_address_and_idle_connections() {
    let server = server(Metrics::new(), Health::new());
    let address = server.addr();
    let mut idle = connect(address);
    idle.write_all(b"GET /livez HTTP/1.1\r\nHost: segue\r\n\r\n").unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    let began = Instant::now();
    server.stop();
    assert!(began.elapsed() < DRAIN_MAX, "an idle connection does not hold it up");
    let mut rest = Vec::new();
    let _ = idle.read_to_end(&mut rest).unwrap();
    drop(TcpListener::bind(address).unwrap());
}

fn desk(answers: impl Fn(&Question) -> Answered + Send + Sync + 'static) -> Server {
    serve("127.0.0.1:0", Metrics::new(), Health::new(), Some(Arc::new(answers)), None).unwrap()
}

fn told(ended: Ended) -> Answered {
    Answered { ended, text: "because\n".to_owned(), notes: "the log has lost its start\nand more".to_owned() }
}

#[test]
fn a_question_is_passed_on_as_it_was_asked_and_the_answer_comes_back_with_its_notes() {
    let server = desk(|question| {
        let Question::Why(asked) = question else { panic!("{question:?}") };
        assert_eq!(asked.event.as_deref(), Some("billing/p 17 & \u{e9}=?"));
        assert_eq!((asked.rule.as_deref(), asked.output.as_deref()), (Some("late"), Some("human")));
        told(Ended::Told)
    });
    let url = format!("http://{}", server.addr());
    let asked = [("event", "billing/p 17 & \u{e9}=?"), ("rule", "late"), ("output", "human")];
    let said = ask(&url, Verb::Get, "/why", &asked, WAIT_MAX).unwrap();
    assert_eq!((said.status, said.text.as_str()), (200, "because\n"));
    assert_eq!(said.notes, ["the log has lost its start", "and more"]);
    assert!(matches!(ask("https://x", Verb::Get, "/why", &[], WAIT_MAX), Err(AskError::Address(_))));
    server.stop();
    assert!(matches!(ask(&url, Verb::Get, "/why", &[], WAIT_MAX), Err(AskError::NoAnswer { .. })));
}

#[test]
fn why_is_told_to_nobody_who_comes_by_a_name_that_may_be_a_strangers() {
    let server = desk(|_| told(Ended::Told));
    let at = |host: &str| {
        let text = format!("GET /why?id=t-1 HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        request(server.addr(), &text).0
    };
    assert_eq!((at("127.0.0.1:8080"), at("localhost"), at("[::1]:80")), (200, 200, 200));
    let of_a_page = "GET /why?id=t-1 HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\nConnection: close\r\n\r\n";
    assert_eq!((at("LOCALHOST"), request(server.addr(), of_a_page).0), (200, 403));
    assert_eq!((at("segue"), at("evil.example:8080"), at("127.0.0.1.example")), (403, 403, 403));
}

#[test]
fn one_question_is_answered_at_a_time_and_what_went_wrong_has_a_status_of_its_own() {
    let (begin, begun) = std::sync::mpsc::channel::<()>();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let both = std::sync::Mutex::new((begin, released));
    let server = desk(move |question| {
        if matches!(question, Question::Why(asked) if asked.id.as_deref() == Some("slow")) {
            let both = both.lock().unwrap();
            both.0.send(()).unwrap();
            both.1.recv().unwrap();
        }
        told(Ended::Nothing)
    });
    let address = server.addr();
    let get = move |id: &str| {
        let text = format!("GET /why?id={id} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        request(address, &text).0
    };
    let slow = std::thread::spawn(move || get("slow"));
    begun.recv().unwrap();
    assert_eq!(get("another"), 429);
    release.send(()).unwrap();
    assert_eq!(slow.join().unwrap(), 404);
    let text = "GET /why?who=me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert_eq!(request(address, text).0, 400, "an unknown parameter");
}

#[test]
fn a_person_is_asked_about_by_get_and_erased_by_post_from_this_machine_alone() {
    let (tell, told_of) = std::sync::mpsc::channel::<String>();
    let tell = std::sync::Mutex::new(tell);
    let server = desk(move |question| {
        tell.lock().unwrap().send(format!("{question:?}")).unwrap();
        told(if matches!(question, Question::Erase(whom) if whom.dry_run) {
            Ended::Told
        } else {
            Ended::Partly
        })
    });
    let url = format!("http://{}", server.addr());
    let said = ask(&url, Verb::Get, "/export", &[("subject", "web:a 8")], WAIT_MAX).unwrap();
    assert!(told_of.recv().unwrap().starts_with("Export(Whom { subject: \"web:a 8\""), "{said:?}");
    let asked = [("subject", "c-1"), ("dry_run", "true")];
    assert_eq!(ask(&url, Verb::Post, "/erase", &asked, WAIT_MAX).unwrap().status, 200);
    assert!(told_of.recv().unwrap().contains("dry_run: true"));
    assert_eq!(
        ask(&url, Verb::Post, "/erase", &asked[..1], WAIT_MAX).unwrap().status,
        202,
        "not all have obeyed"
    );
    let _ = told_of.recv().unwrap();
    assert_eq!(
        ask(&url, Verb::Get, "/erase", &asked, WAIT_MAX).unwrap().status,
        405,
        "nothing is erased by a link"
    );
    let of_a_page = "POST /erase?subject=c-1 HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    assert_eq!(request(server.addr(), of_a_page).0, 403);
    let borrowed = of_a_page
        .replace("Host: localhost", "Host: evil.example")
        .replace("Origin: https://evil.example\r\n", "");
    assert_eq!(request(server.addr(), &borrowed).0, 403);
    assert!(told_of.try_recv().is_err(), "and nobody is asked");
}
