//! Listens, serves each connection within limits, and stops in order.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use segue_telemetry::{Health, Metrics};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::caller::Peer;
use crate::desk::Answers;
use crate::door::Doors;
use crate::pages;

/// Where the server listens unless told otherwise: on this machine only, since it asks nobody who they are.
pub const LISTEN: &str = "127.0.0.1:8080";

/// How long a client may take to send a request's head, and how long a connection may idle.
const HEAD_WAIT_MAX: Duration = Duration::from_secs(10);
/// The largest head of a request, in bytes.
const HEAD_BYTES_MAX: usize = 16 << 10;
/// How many connections are served at once; more wait.
const CONNECTIONS_MAX: usize = 64;
/// How long requests under way may take when the server stops.
const DRAIN_MAX: Duration = Duration::from_secs(2);
/// How long to wait when the system has no more connections to give, such as when file handles ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Why the server could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be read.
    #[error("\"{given}\" is not an address to listen on; write it as {LISTEN}")]
    Address {
        /// What was given.
        given: String,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}; give another address in admin.listen, or stop what uses this one")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The system gave no thread or timer.
    #[error("cannot start the admin server")]
    Start(#[source] std::io::Error),
}

/// Set once the server is told to stop: who waits answers, and streams end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stopping(Arc<AtomicBool>);

impl Stopping {
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A server that runs. Dropping it stops it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stopping: Stopping,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Returns the address that it listens on: the port that the system chose, where 0 was asked for.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Listens no more, lets requests under way end, for two seconds at most, and returns when all is closed.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stopping.0.store(true, Ordering::Relaxed);
        if let Some(stop) = self.stop.take() {
            // If nobody receives, the thread has ended already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the admin server had panicked");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// Serves the admin pages on `listen`, an address with its port, until the returned server is stopped. `answers` says why,
/// `doors` take in what is posted.
///
/// # Errors
/// See [`Error`]: each says what to do.
pub fn serve(
    listen: &str,
    metrics: Metrics,
    health: Health,
    answers: Option<Answers>,
    doors: Option<Doors>,
) -> Result<Server, Error> {
    let pages = pages::pages(metrics, health, answers, doors).map_err(Error::Start)?;
    start(listen, pages, HEAD_WAIT_MAX)
}

fn start(listen: &str, pages: Router, head_wait_max: Duration) -> Result<Server, Error> {
    let address: SocketAddr = listen.parse().map_err(|_| Error::Address { given: listen.to_owned() })?;
    let bound = TcpListener::bind(address).map_err(|source| Error::Bind { address, source })?;
    let address = bound.local_addr().map_err(Error::Start)?;
    bound.set_nonblocking(true).map_err(Error::Start)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Start)?;
    let listener = {
        let _inside = runtime.enter();
        tokio::net::TcpListener::from_std(bound).map_err(Error::Start)?
    };
    let (stop, stopped) = oneshot::channel();
    let stopping = Stopping::default();
    let pages = pages.layer(Extension(stopping.clone()));
    let mut http = http1::Builder::new();
    let _ = http.timer(TokioTimer::new()).header_read_timeout(head_wait_max).max_buf_size(HEAD_BYTES_MAX);
    let thread = std::thread::Builder::new()
        .name("segue-console".to_owned())
        .spawn(move || runtime.block_on(run(listener, http, pages, stopped)))
        .map_err(Error::Start)?;
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "the admin server can be reached from other machines and asks for no password");
    }
    Ok(Server { address, stopping, stop: Some(stop), thread: Some(thread) })
}

async fn run(
    listener: tokio::net::TcpListener,
    http: http1::Builder,
    pages: Router,
    mut stopped: oneshot::Receiver<()>,
) {
    let open = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    loop {
        let accept = async {
            let permit = open.clone().acquire_owned().await.expect("the semaphore is never closed");
            (listener.accept().await, permit)
        };
        tokio::select! {
            _ = &mut stopped => break,
            (accepted, permit) = accept => match accepted {
                Ok((stream, peer)) => {
                    let pages = pages.clone().layer(Extension(Peer(peer.ip())));
                    let service = TowerToHyperService::new(pages);
                    attend(graceful.watch(http.serve_connection(TokioIo::new(stream), service)), permit);
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection to the admin server could not be taken");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_MAX, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests to the admin server were cut off");
    }
}

/// Serves one connection in a task of its own.
fn attend<C>(connection: C, permit: OwnedSemaphorePermit)
where
    C: Future<Output = hyper::Result<()>> + Send + 'static,
{
    // Nobody waits for the task: its connection is watched by the graceful shutdown, and its errors end here.
    drop(tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to the admin server ended badly");
        }
        drop(permit);
    }));
}

#[cfg(test)]
mod tests;
