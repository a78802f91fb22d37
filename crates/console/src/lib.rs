//! The admin server: whether the router lives and is ready, and its metrics. Of subjects it shows nothing but why, and that
//! only on this machine.
//!
//! Shape: [`serve`] binds, starts one thread with a small runtime of its own, and returns a [`Server`] that stops it.
//! The router's loops are never waited for: every answer comes from what they last said of themselves.
//!
//! | path | answer |
//! |---|---|
//! | `GET /livez` | 200 while no loop hangs, else 503; JSON with the parts and their reasons |
//! | `GET /readyz` | 200 when every part is ready, else 503; the same JSON |
//! | `GET /metrics` | Prometheus' text format |
//! | `GET /why?id=ID`, `?event=SOURCE/ID` and `&rule=RULE` | why, as `segue why` writes it; `&output=human` for people; [`ask`] asks |

mod ask;
mod pages;
mod server;
mod why;

pub use ask::{AskError, Said, ask};
pub use server::{Error, LISTEN, Server, serve};
pub use why::{Answered, Answers, Asked, Ended};
