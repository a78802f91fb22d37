use super::*;

const CITY: &[u8] = include_bytes!("../../../lookup/tests/data/maxmind/GeoIP2-City-Test.mmdb");
const COUNTRY: &[u8] = include_bytes!("../../../lookup/tests/data/maxmind/GeoIP2-Country-Test.mmdb");
const ASN: &[u8] = include_bytes!("../../../lookup/tests/data/maxmind/GeoLite2-ASN-Test.mmdb");

/// London by the one database; its country by the other.
const ASKED: &str = "81.2.69.160";

fn counted(metrics: &Metrics, line: &str) -> bool {
    metrics.render().lines().any(|one| one == line)
}

#[test]
fn a_file_that_changed_is_read_again_and_one_that_cannot_be_used_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let (file, beside) = (directory.path().join("city.mmdb"), directory.path().join("new"));
    fs::write(&file, CITY).unwrap();
    let metrics = Metrics::new();
    let databases = Databases::open(vec![file.clone()], Duration::ZERO, metrics.clone()).unwrap();
    let first = databases.look(&Arc::default()).unwrap();
    assert_eq!(first.place(ASKED).city, Some("London"));
    assert!(databases.look(&first).is_none(), "nothing has changed");

    let bad: [&[u8]; 4] = [b"", &CITY[..CITY.len() / 2], &CITY[1_000..CITY.len() - 300], ASN];
    for (number, bytes) in bad.into_iter().enumerate() {
        fs::write(&beside, bytes).unwrap();
        fs::rename(&beside, &file).unwrap();
        assert!(databases.look(&first).is_none(), "{number}");
        let refused = format!("segue_address_databases_total{{result=\"refused\"}} {}", number + 1);
        assert!(counted(&metrics, &refused), "{}", metrics.render());
        assert!(databases.look(&first).is_none(), "{number}");
        assert!(counted(&metrics, &refused), "what was refused is not read again until it changes");
    }
    fs::remove_file(&file).unwrap();
    assert!(databases.look(&first).is_none());
    assert_eq!(first.place(ASKED).city, Some("London"));

    fs::write(&beside, COUNTRY).unwrap();
    fs::rename(&beside, &file).unwrap();
    let second = databases.look(&first).unwrap();
    assert_eq!((second.place(ASKED).country, second.place(ASKED).city), (Some("GB"), None));
    assert!(databases.look(&second).is_none());
    assert!(databases.look(&first).is_some(), "each worker is told");
    assert!(counted(&metrics, "segue_address_databases_total{result=\"read\"} 2"), "{}", metrics.render());
}

#[test]
fn files_are_not_looked_at_all_the_time() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("city.mmdb");
    fs::write(&file, CITY).unwrap();
    let databases = Databases::open(vec![file.clone()], Duration::from_secs(3_600), Metrics::new()).unwrap();
    let first = databases.look(&Arc::default()).unwrap();
    fs::write(&file, COUNTRY).unwrap();
    assert!(databases.look(&first).is_none());
}

#[test]
fn nobody_waits_while_another_one_reads() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("city.mmdb");
    fs::write(&file, CITY).unwrap();
    let databases = Databases::open(vec![file], Duration::ZERO, Metrics::new()).unwrap();
    let _reads = databases.state.lock().unwrap();
    assert!(databases.look(&Arc::default()).is_none());
}

#[test]
fn one_of_several_that_changed_keeps_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let files = ["first.mmdb", "second.mmdb"].map(|name| directory.path().join(name));
    fs::write(&files[0], COUNTRY).unwrap();
    fs::write(&files[1], CITY).unwrap();
    let databases = Databases::open(files.to_vec(), Duration::ZERO, Metrics::new()).unwrap();
    let first = databases.look(&Arc::default()).unwrap();
    assert_eq!(first.place(ASKED).city, None);
    fs::write(&files[0], CITY).unwrap();
    assert_eq!(databases.look(&first).unwrap().place(ASKED).city, Some("London"));
}

#[test]
fn what_is_no_database_is_told_by_its_file() {
    let directory = tempfile::tempdir().unwrap();
    let told = |file: &Path| read_all(&[file.to_owned()]).unwrap_err().to_string();
    let file = directory.path().join("a.mmdb");
    assert!(told(&file).starts_with(&format!("{} cannot be read: ", file.display())), "{}", told(&file));
    assert_eq!(told(directory.path()), format!("{} is no file", directory.path().display()));
    assert_eq!(told(Path::new("/dev/zero")), "/dev/zero is no file");
    fs::write(&file, b"not a database").unwrap();
    assert!(told(&file).contains("is no whole database in MaxMind's format"), "{}", told(&file));
    // It takes no room: what is not written reads as zeros.
    File::create(&file).unwrap().set_len(DATABASE_BYTES_MAX as u64 + 1).unwrap();
    assert_eq!(told(&file), format!("{} is larger than {DATABASE_BYTES_MAX} bytes", file.display()));
}
