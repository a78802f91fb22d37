//! The router as a process of its own: started, killed, stopped in its tracks, and asked how it is.
//!
//! Shape: [`Setup`] says what a router is told -> [`Router::start`] -> a running process, which ends when it is dropped,
//! and also when the process that holds it dies in any other way. What it logs goes to a file; when a test fails, its
//! end is shown.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::kafka::free_port;
use crate::load;
use crate::topics::wait_for;

/// How many lines of a router's log are shown when a test fails.
const LAST_WORDS: usize = 60;
/// How long an answer of the admin server may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// How many ticks of `/proc/PID/stat` make a second: fixed by Linux for what it shows to programs.
const TICKS_PER_SECOND: f64 = 100.0;

/// Kills the router when nobody is left to do so: the pipe that it reads closes with the process that holds it.
const GUARD: &str = r#"read word; [ "$word" = ended ] || kill -9 "$1" 2>/dev/null"#;

/// Builds the router's binary, once in a test binary, in the profile of the tests; returns its path. `SEGUE_BINARY`
/// names another one.
///
/// # Panics
/// When it does not build.
#[must_use]
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(named) = std::env::var_os("SEGUE_BINARY") {
            return PathBuf::from(named);
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        // With the features of the whole workspace, as the tests are built: with those of one package it would be built anew.
        let built = Command::new(cargo)
            .args(["build", "--quiet", "--workspace", "--bin", "segue"])
            .current_dir(&root)
            .status();
        assert!(built.is_ok_and(|status| status.success()), "the router does not build");
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root.join("target"), |named| root.join(named));
        target.join("debug/segue")
    })
}

/// A command that was started.
#[derive(Debug)]
pub struct Started {
    process: Child,
    _directory: TempDir,
}

impl Started {
    /// Kills it as a power cut would; false if it had ended by itself.
    ///
    /// # Panics
    /// When it is no process any more.
    #[must_use]
    pub fn kill9(mut self) -> bool {
        let was_running = self.process.try_wait().expect("it is our child").is_none();
        self.process.kill().expect("it is our child");
        let _ = self.process.wait().expect("it is our child");
        was_running
    }
}

/// What a router is told.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Its stable id.
    pub instance: String,
    /// The brokers.
    pub brokers: String,
    /// The bundle's directory.
    pub bundle: PathBuf,
    /// How many partitions `segue.log` gets.
    pub partitions: u32,
    /// More lines of the settings file.
    pub more: Vec<String>,
    /// What it logs, such as `debug`; `None`: as it does of itself.
    pub log_level: Option<String>,
}

impl Setup {
    /// A router on the bundle of [`load`].
    #[must_use]
    pub fn new(brokers: &str, instance: &str, partitions: u32) -> Setup {
        Setup {
            instance: instance.to_owned(),
            brokers: brokers.to_owned(),
            bundle: load::bundle_dir(),
            partitions,
            more: Vec::new(),
            log_level: None,
        }
    }

    /// The same, with one more line in the settings.
    #[must_use]
    pub fn with(mut self, line: &str) -> Setup {
        self.more.push(line.to_owned());
        self
    }

    /// Runs a command of the router that takes settings, such as `["topics", "apply"]`, to its end.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Output {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let settings = self.write(directory.path(), free_port());
        let mut command = Command::new(binary());
        let _ = command.args(arguments).arg("--settings").arg(settings).stdin(Stdio::null());
        command.output().expect("the router can be started")
    }

    /// Starts such a command, to be killed.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start(&self, arguments: &[&str]) -> Started {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let settings = self.write(directory.path(), free_port());
        let mut command = Command::new(binary());
        let _ = command.args(arguments).arg("--settings").arg(settings).stdin(Stdio::null());
        let _ = command.stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().expect("the router can be started");
        Started { process, _directory: directory }
    }

    /// Makes the topics that the router needs.
    ///
    /// # Panics
    /// When it cannot.
    pub fn apply_topics(&self) {
        let output = self.run(&["topics", "apply"]);
        assert!(output.status.success(), "topics apply: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn write(&self, directory: &Path, admin: u16) -> PathBuf {
        let path = directory.join("segue.yaml");
        let Setup { instance, brokers, partitions, .. } = self;
        let bundle = self.bundle.display();
        let mut text = format!(
            "instance: {instance}\nbundle: {bundle}\nkafka: {{brokers: \"{brokers}\"}}\ntopics: {{partitions: {partitions}}}\nadmin: {{listen: \"127.0.0.1:{admin}\"}}\n"
        );
        for line in &self.more {
            text += line;
            text.push('\n');
        }
        fs::write(&path, text).expect("the directory can be written to");
        path
    }
}

/// A running router.
#[derive(Debug)]
pub struct Router {
    instance: String,
    process: Child,
    guard: Child,
    directory: TempDir,
    admin: u16,
}

impl Router {
    /// Starts it, and does not wait until it is ready.
    ///
    /// # Panics
    /// When the process cannot be started.
    #[must_use]
    pub fn start(setup: &Setup) -> Router {
        let directory =
            tempfile::Builder::new().prefix("segue-router-").tempdir().expect("a directory can be made");
        let admin = free_port();
        let settings = setup.write(directory.path(), admin);
        let log = File::create(directory.path().join("log")).expect("the directory can be written to");
        let level = setup.log_level.iter().map(|level| ("SEGUE_LOG", level));
        let process = Command::new(binary())
            .envs(level)
            .args(["run", "--settings"])
            .arg(settings)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the router can be started");
        let guard = Command::new("sh")
            .args(["-c", GUARD, "guard", &process.id().to_string()])
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("a shell can be started");
        Router { instance: setup.instance.clone(), process, guard, directory, admin }
    }

    /// Its stable id.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// Where its admin server answers.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.admin)
    }

    /// Runs a command that asks this router.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn ask(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(binary());
        let _ = command.args(arguments).args(["--url", &self.url()]).stdin(Stdio::null());
        command.output().expect("the command can be started")
    }

    /// Waits until every part of it says that it is ready.
    ///
    /// # Panics
    /// When it is not ready within a minute, or has ended.
    pub fn wait_until_ready(&mut self) {
        wait_for(&format!("{} to be ready", self.instance), || {
            if let Some(status) = self.process.try_wait().expect("it is our child") {
                panic!("{} has ended: {status}", self.instance);
            }
            self.get("/readyz").filter(|(status, _)| *status == 200).map(|_| ())
        });
    }

    /// Kills it as a power cut would, and returns what it has logged.
    ///
    /// # Panics
    /// When it is no process any more.
    pub fn kill9(mut self) -> String {
        self.process.kill().expect("it runs");
        self.reap();
        self.log()
    }

    /// Tells it to end, and returns how it ended, how long that took and what it has logged.
    ///
    /// # Panics
    /// When it has not ended within a minute.
    pub fn stop(mut self) -> (ExitStatus, Duration, String) {
        let began = Instant::now();
        self.signal("TERM");
        let status = self.wait_until_ended();
        (status, began.elapsed(), self.log())
    }

    /// Waits until it ends by itself, and returns how.
    ///
    /// # Panics
    /// When it has not ended within a minute.
    pub fn wait_until_ended(&mut self) -> ExitStatus {
        wait_for(&format!("{} to end", self.instance), || self.process.try_wait().expect("it is our child"))
    }

    /// Says whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.process.try_wait().is_ok_and(|status| status.is_none())
    }

    /// Stops it in its tracks: it does nothing more until [`Router::sigcont`], and does not notice.
    pub fn sigstop(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub fn sigcont(&self) {
        self.signal("CONT");
    }

    /// Sums up a metric over all its series whose labels contain every one of `labels`, such as `loop="decide"`.
    /// `None` while the router does not answer.
    #[must_use]
    pub fn metric(&self, name: &str, labels: &[&str]) -> Option<f64> {
        let (_, text) = self.get("/metrics")?;
        let series = text.lines().filter_map(|line| line.strip_prefix(name));
        let matching = series
            .filter(|rest| rest.starts_with(['{', ' ']) && labels.iter().all(|label| rest.contains(label)));
        Some(matching.filter_map(|rest| rest.rsplit(' ').next()?.parse::<f64>().ok()).sum())
    }

    /// Returns what `/readyz` answers: the status and the text. `None` while the router does not answer.
    #[must_use]
    pub fn readyz(&self) -> Option<(u16, String)> {
        self.get("/readyz")
    }

    /// Returns what `/metrics` answers. `None` while the router does not answer.
    #[must_use]
    pub fn metrics(&self) -> Option<String> {
        self.get("/metrics").map(|(_, text)| text)
    }

    /// Returns how many seconds of processor time it has used.
    ///
    /// # Panics
    /// When it is no process any more.
    #[must_use]
    pub fn cpu_seconds(&self) -> f64 {
        cpu_seconds(self.process.id())
    }

    /// Returns what it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        let bytes = fs::read(self.directory.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn get(&self, path: &str) -> Option<(u16, String)> {
        let address = ([127, 0, 0, 1], self.admin).into();
        let mut stream = TcpStream::connect_timeout(&address, ANSWER_WITHIN).ok()?;
        stream.set_read_timeout(Some(ANSWER_WITHIN)).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).ok()?;
        let answer = String::from_utf8(answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
    }

    fn signal(&self, name: &str) {
        let process = self.process.id().to_string();
        let sent = Command::new("sh").args(["-c", "kill -s \"$1\" \"$2\"", "kill", name, &process]).status();
        assert!(sent.is_ok_and(|status| status.success()), "{} cannot be sent {name}", self.instance);
    }

    /// Waits for the process and lets its guard go.
    fn reap(&mut self) {
        let _ = self.process.wait();
        if let Some(mut stdin) = self.guard.stdin.take() {
            let _ = stdin.write_all(b"ended\n");
        }
        let _ = self.guard.wait();
    }
}

impl Drop for Router {
    fn drop(&mut self) {
        let _ = self.process.kill();
        self.reap();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let last = &lines[lines.len().saturating_sub(LAST_WORDS)..];
            eprintln!("-- {} said last:\n{}\n--", self.instance, last.join("\n"));
        }
    }
}

/// Returns how many seconds of processor time a process has used, in itself and in the kernel.
///
/// # Panics
/// When there is no such process.
#[must_use]
pub fn cpu_seconds(process: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("there is such a process");
    // The second field is a name in brackets that may hold spaces; user and system time are the 14th and 15th.
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks = after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS_PER_SECOND
}
