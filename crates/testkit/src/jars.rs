//! Fetches the jars of Apache Kafka once, through Maven, into a cache outside the build.
//!
//! Invariant: the directory that [`fetch`] returns is whole. It is filled under another name and renamed, and a file
//! lock lets tests that start at once fetch it once.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::kafka::Absent;

/// Names the cache; it changes with the versions in the pom.
const NAME: &str = "kafka-4.1.0";
const POM: &str = include_str!("../kafka/pom.xml");

/// Returns the directory with the jars, and fetches them first where they are not there yet.
pub(crate) fn fetch() -> Result<PathBuf, Absent> {
    let cache = cache_directory()?;
    let jars = cache.join(NAME);
    if jars.is_dir() {
        return Ok(jars);
    }
    fs::create_dir_all(&cache).map_err(|error| absent(&cache, &error))?;
    let lock = cache.join(format!("{NAME}.lock"));
    let lock = File::create(&lock).map_err(|error| absent(&lock, &error))?;
    lock.lock().map_err(|error| absent(&cache, &error))?;
    if !jars.is_dir() {
        fetch_into(&cache, &jars)?;
    }
    Ok(jars)
}

fn fetch_into(cache: &Path, jars: &Path) -> Result<(), Absent> {
    eprintln!("testkit: fetching Apache Kafka through Maven into {}", jars.display());
    let work = tempfile::Builder::new()
        .prefix("fetching-")
        .tempdir_in(cache)
        .map_err(|error| absent(cache, &error))?;
    let pom = work.path().join("pom.xml");
    let filled = work.path().join("jars");
    fs::write(&pom, POM).map_err(|error| absent(&pom, &error))?;
    let output = Command::new("mvn")
        .args(["-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime"])
        .arg(format!("-DoutputDirectory={}", filled.display()))
        .arg("-f")
        .arg(&pom)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Absent(format!("Maven (mvn) cannot be run: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stdout);
        let said: Vec<&str> = said.lines().filter(|line| line.contains("ERROR")).take(3).collect();
        return Err(Absent(format!("Maven could not fetch Apache Kafka: {}", said.join(" "))));
    }
    fs::rename(&filled, jars).map_err(|error| absent(jars, &error))?;
    eprintln!("testkit: fetched Apache Kafka");
    Ok(())
}

fn cache_directory() -> Result<PathBuf, Absent> {
    let named = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    named("SEGUE_CACHE")
        .or_else(|| named("XDG_CACHE_HOME"))
        .or_else(|| named("HOME").map(|home| home.join(".cache")))
        .map(|base| base.join("segue"))
        .ok_or_else(|| Absent("none of SEGUE_CACHE, XDG_CACHE_HOME and HOME is set".to_owned()))
}

fn absent(path: &Path, error: &std::io::Error) -> Absent {
    Absent(format!("{}: {error}", path.display()))
}
