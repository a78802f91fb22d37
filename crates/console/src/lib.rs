//! The admin server: whether the router lives and is ready, its metrics, why, and the doors of a log: events and outcomes come
//! in, and of an embedded log tasks, statuses and decisions go out.
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
//! | `GET /export?subject=ID` | all that is held of a person, as `segue export` writes it |
//! | `POST /erase?subject=ID`, `&dry_run=true` | a person is erased, as by `segue erase` |
//! | `GET /failed`, `/failed/event?id=ID`, `POST /failed/retry` | failed events are counted, one is shown, they are sent round, as by `segue failed` |
//! | `POST /pause?part=KIND/ID`, `/resume` | a part rests, or goes on, as by `segue pause` |
//! | `POST /events`, `POST /outcomes/DESTINATION` | 202 when they are in the log, else `application/problem+json` |
//! | `GET /tasks/DESTINATION`, `/status/SOURCE`, `/decisions` | a batch or a stream, of an embedded log |
//! | `GET /openapi.json` | all of this as OpenAPI 3.1 |

mod ask;
mod caller;
mod desk;
mod door;
mod pages;
mod server;

pub use ask::{AskError, Said, Verb, ask};
pub use desk::{Answered, Answers, Asked, AskedFailed, Ended, Part, Question, ToDo, Whom};
pub use door::inbox::Write;
pub use door::{Doors, Standing};
pub use server::{Error, LISTEN, Server, serve};
