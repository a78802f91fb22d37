//! Ids follow from what they name.

use segue_model::Subject;
use segue_model::id::{Mark, decision, mark, route, signal, task};

#[test]
fn an_id_follows_from_its_parts_and_carries_the_route() {
    let subject = Subject::person("c1");
    let id = task("billing", "e1", "r", "a", &subject);
    assert_eq!(id, task("billing", "e1", "r", "a", &subject));
    assert_eq!(route(&id), Some(subject.route()));
    assert_ne!(id, task("billing", "e1r", "", "a", &subject), "parts do not run together");
    assert_ne!(id, task("billing", "e1", "r", "a", &Subject { kind: "company".into(), id: "c1".into() }));
}

#[test]
fn ids_and_marks_are_written_as_they_ever_were() {
    let subject = Subject::person("c1");
    assert_eq!(&*decision("billing", "e1", &subject), "d-7b5808e3-c90b7114317b075a6d75d631111d23e0");
    let mark = mark("c1", "billing", "e1");
    assert_eq!(mark.to_string(), "ec96c503e0c000a046cf5d8761d40b5d");
    assert_eq!(Mark::parse(&mark.to_string()), Some(mark));
    for text in ["", "00", "zz000000000000000000000000000000", "0000000000000000000000000000000é"] {
        assert_eq!(Mark::parse(text), None, "{text}");
    }
}

#[test]
fn routes_are_those_of_the_java_client() {
    // org.apache.kafka.common.utils.Utils.murmur2, from its own unit test.
    for (text, expected) in [("21", -973_932_308), ("foobar", -790_332_482), ("abc", 479_470_107)] {
        assert_eq!(Subject::person(text).route(), (expected as u32) & 0x7fff_ffff, "{text}");
    }
}

#[test]
fn a_signal_is_named_by_what_raised_it_and_by_itself() {
    let subject = Subject::person("c1");
    let id = signal("billing", "e1", "late-payment", &subject);
    assert_eq!(route(&id), Some(subject.route()));
    assert_ne!(id, signal("billing", "e1", "later-payment", &subject));
    assert_ne!(id, signal("shop", "e1", "late-payment", &subject));
}
