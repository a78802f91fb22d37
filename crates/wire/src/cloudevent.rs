//! CloudEvents 1.0 on Kafka: structured and binary mode.
//!
//! | the record has | it is read as |
//! |---|---|
//! | content type `application/cloudevents` or `...+json` | structured |
//! | content type `application/cloudevents...` of any other form (a batch, Avro) | `bad-framing` |
//! | a header `ce_...` | binary; the content type must be a JSON one or be left out |
//! | neither, and a JSON content type or none | structured: console tools set no headers |
//!
//! Checks come in this order, and the first that fails names the failure: size, framing, text, JSON and its limits,
//! attributes, id, type, time. Pointers lead into the event: data in binary mode stand at `/data`. The attribute
//! `source` may be missing: then the source's document takes its place.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use segue_document::{Document, Kind, Limits, Value};
use segue_model::FailureCode;

use crate::incoming::{ATTRIBUTE_BYTES_MAX, DataPlace, Failure, Frame, Incoming, instant, traceparent};

/// Reads the event in a record.
///
/// # Errors
/// The first thing that is wrong, with its code and, inside JSON, its place.
pub fn decode(frame: &Frame<'_>, limits: &Limits) -> Result<Incoming, Failure> {
    frame.refuse_too_large(limits)?;
    let content_type = match frame.header("content-type") {
        Some(bytes) => {
            Some(MediaType::of(std::str::from_utf8(bytes).map_err(|_| not_utf8_header("content-type"))?))
        }
        None => None,
    };
    let is_binary = frame.headers.iter().any(|(name, _)| attribute_name(name).is_some());
    match content_type {
        Some(MediaType::CloudEvent) => structured(frame, limits),
        Some(MediaType::OtherCloudEvents) => Err(Failure::new(
            FailureCode::BadFraming,
            "a batch, or an event format other than JSON, is not read from Kafka",
        )),
        Some(MediaType::Other) if is_binary => {
            Err(Failure::new(FailureCode::BadFraming, "the content type of the data is not JSON"))
        }
        Some(MediaType::Json) | None if is_binary => binary(frame, limits),
        Some(MediaType::Json) | None => structured(frame, limits),
        Some(MediaType::Other) => Err(Failure::new(
            FailureCode::NotCloudevent,
            "neither a CloudEvents content type nor ce_ headers",
        )),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum MediaType {
    CloudEvent,
    OtherCloudEvents,
    Json,
    Other,
}

impl MediaType {
    fn of(text: &str) -> MediaType {
        let essence = text.split(';').next().unwrap_or("").trim();
        let is = |name: &str| essence.eq_ignore_ascii_case(name);
        let begins =
            |start: &str| essence.get(..start.len()).is_some_and(|of| of.eq_ignore_ascii_case(start));
        let ends = |end: &str| {
            let from = essence.len().checked_sub(end.len());
            from.and_then(|from| essence.get(from..)).is_some_and(|of| of.eq_ignore_ascii_case(end))
        };
        if is("application/cloudevents") || is("application/cloudevents+json") {
            MediaType::CloudEvent
        } else if begins("application/cloudevents") {
            MediaType::OtherCloudEvents
        } else if is("application/json") || is("text/json") || ends("+json") {
            MediaType::Json
        } else {
            MediaType::Other
        }
    }
}

fn attribute_name(header: &str) -> Option<&str> {
    let (prefix, name) = header.split_at_checked(3)?;
    prefix.eq_ignore_ascii_case("ce_").then_some(name)
}

fn not_utf8_header(name: &str) -> Failure {
    Failure::new(FailureCode::NotUtf8, format!("header `{name}` is not UTF-8"))
}

fn structured(frame: &Frame<'_>, limits: &Limits) -> Result<Incoming, Failure> {
    let bytes = frame.body()?.ok_or_else(|| Failure::new(FailureCode::NoData, "the record has no value"))?;
    let document = Document::parse(bytes, limits).map_err(|error| Failure::of_parse(error, ""))?;
    let root = document.root();
    if root.kind() != Kind::Object {
        return Err(not_a_cloudevent("a CloudEvent is an object", ""));
    }
    let mut attributes = Attributes::default();
    let (mut has_data, mut base64) = (false, None);
    for (name, value) in root.members() {
        match name {
            "data" => has_data = true,
            "data_base64" if !value.is_null() => base64 = Some(value),
            _ => attributes.take_member(name, value)?,
        }
    }
    if base64.is_some() && has_data {
        return Err(not_a_cloudevent("data are given twice", "/data_base64"));
    }
    attributes.check(true)?;
    let decoded = base64.map(|value| decode_base64(value, limits)).transpose()?;
    let place = if has_data { DataPlace::At(&["data"]) } else { DataPlace::Absent };
    match decoded {
        Some(data) => attributes.onto(Incoming::of(data, DataPlace::Root), true),
        None => attributes.onto(Incoming::of(document, place), true),
    }
}

fn decode_base64(value: Value<'_>, limits: &Limits) -> Result<Document, Failure> {
    let bytes = value
        .as_str()
        .and_then(|text| STANDARD.decode(text).ok())
        .ok_or_else(|| not_a_cloudevent("not a Base64 text", "/data_base64"))?;
    Document::parse(&bytes, limits).map_err(|error| Failure::of_parse(error, "/data"))
}

fn binary(frame: &Frame<'_>, limits: &Limits) -> Result<Incoming, Failure> {
    let mut attributes = Attributes::default();
    for (header, value) in &frame.headers {
        if let (Some(name), Some(bytes)) = (attribute_name(header), value) {
            let text = std::str::from_utf8(bytes).map_err(|_| not_utf8_header(header))?;
            attributes.set(&name.to_ascii_lowercase(), text);
        }
    }
    if attributes.traceparent.is_none() {
        // Tracing libraries write the header of W3C without the prefix.
        let bare = frame.header("traceparent").and_then(|bytes| std::str::from_utf8(bytes).ok());
        attributes.traceparent = bare.map(str::to_owned);
    }
    let incoming = match frame.body()? {
        Some(bytes) => {
            let data = Document::parse(bytes, limits).map_err(|error| Failure::of_parse(error, "/data"))?;
            Incoming::of(data, DataPlace::Root)
        }
        None => Incoming::of(Document::empty_object(), DataPlace::Absent),
    };
    attributes.check(false)?;
    attributes.onto(incoming, false)
}

fn not_a_cloudevent(detail: &'static str, pointer: &str) -> Failure {
    let failure = Failure::new(FailureCode::NotCloudevent, detail);
    if pointer.is_empty() { failure } else { failure.at(pointer) }
}

/// The attributes of an event, as texts.
#[derive(Default)]
struct Attributes {
    specversion: Option<String>,
    id: Option<String>,
    kind: Option<String>,
    source: Option<String>,
    time: Option<String>,
    subject: Option<String>,
    correlation: Option<String>,
    causation: Option<String>,
    traceparent: Option<String>,
    others: Vec<(String, String)>,
}

impl Attributes {
    /// Takes in a member of a structured event. Null says that an attribute is not set.
    fn take_member(&mut self, name: &str, value: Value<'_>) -> Result<(), Failure> {
        let is_core =
            matches!(name, "specversion" | "id" | "type" | "source" | "time" | "subject" | "datacontenttype");
        let text = match value.kind() {
            Kind::Null => return Ok(()),
            Kind::String => value.as_str().unwrap_or_default(),
            Kind::Bool | Kind::Number if !is_core => value.raw(),
            _ => return Err(wrong_attribute(name, "attribute of the wrong type")),
        };
        self.set(name, text);
        Ok(())
    }

    fn set(&mut self, name: &str, text: &str) {
        let slot = match name {
            "specversion" => &mut self.specversion,
            "id" => &mut self.id,
            "type" => &mut self.kind,
            "source" => &mut self.source,
            "time" => &mut self.time,
            "subject" => &mut self.subject,
            "correlationid" => &mut self.correlation,
            "causationid" => &mut self.causation,
            "traceparent" => &mut self.traceparent,
            "datacontenttype" | "dataschema" => return,
            _ => {
                // A header that is repeated: the last one counts, as everywhere.
                self.others.retain(|(other, _)| other != name);
                return self.others.push((name.to_owned(), text.to_owned()));
            }
        };
        *slot = Some(text.to_owned());
    }

    /// Checks what makes it a CloudEvent with an id and a type.
    fn check(&self, in_json: bool) -> Result<(), Failure> {
        let at =
            |failure: Failure, name: &str| if in_json { failure.at(format!("/{name}")) } else { failure };
        match self.specversion.as_deref() {
            Some(version) if version == "1.0" || version.starts_with("1.0.") => {}
            Some(_) => {
                return Err(at(
                    Failure::new(FailureCode::NotCloudevent, "specversion is not 1.0"),
                    "specversion",
                ));
            }
            None => return Err(Failure::new(FailureCode::NotCloudevent, "attribute specversion is missing")),
        }
        let others = self.others.iter().map(|(name, text)| (name.as_str(), Some(text)));
        let all = [
            ("id", self.id.as_ref()),
            ("type", self.kind.as_ref()),
            ("source", self.source.as_ref()),
            ("subject", self.subject.as_ref()),
            ("correlationid", self.correlation.as_ref()),
            ("causationid", self.causation.as_ref()),
        ];
        for (name, text) in all.into_iter().chain(others) {
            if text.is_some_and(|text| text.len() > ATTRIBUTE_BYTES_MAX) {
                let detail = format!("attribute longer than {ATTRIBUTE_BYTES_MAX} bytes");
                return Err(at(Failure::new(FailureCode::NotCloudevent, detail), &escaped(name)));
            }
        }
        for (name, text, code) in
            [("id", &self.id, FailureCode::NoId), ("type", &self.kind, FailureCode::NoType)]
        {
            // What is missing has a place as well: the one where it should be.
            match text.as_deref() {
                None => return Err(at(Failure::new(code, format!("attribute {name} is missing")), name)),
                Some("") => return Err(at(Failure::new(code, format!("attribute {name} is empty")), name)),
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn onto(self, mut incoming: Incoming, in_json: bool) -> Result<Incoming, Failure> {
        incoming.time = match &self.time {
            None => None,
            Some(text) => Some(instant(text).ok_or_else(|| {
                let failure = Failure::new(FailureCode::BadTime, "time is not an RFC 3339 instant");
                if in_json { failure.at("/time") } else { failure }
            })?),
        };
        incoming.id = self.id.unwrap_or_default();
        incoming.kind = self.kind.unwrap_or_default();
        incoming.namespace = self.source.filter(|source| !source.is_empty());
        incoming.subject = self.subject;
        incoming.correlation = self.correlation.filter(|id| !id.is_empty());
        incoming.causation = self.causation.filter(|id| !id.is_empty());
        incoming.traceparent = self.traceparent.as_deref().and_then(traceparent);
        incoming.extensions = self.others;
        Ok(incoming)
    }
}

fn wrong_attribute(name: &str, detail: &'static str) -> Failure {
    Failure::new(FailureCode::NotCloudevent, detail).at(format!("/{}", escaped(name)))
}

/// A name as a step of a JSON Pointer.
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests;
