//! This program as several processes: one that measures, one that serves, each with its role.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use rustix::thread::{CpuSet, sched_setaffinity};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{calls, outage, sending, server};

/// Which core a process keeps to.
#[derive(Clone, Copy, Debug)]
pub enum Core {
    Any,
    Only(usize),
}

/// Does what the words after `role` say, and prints the result as a line of JSON.
pub fn play(words: &[String]) {
    let [core, role, words @ ..] = words else { panic!("a core and a role are missing") };
    if let Ok(core) = core.parse() {
        let mut cores = CpuSet::new();
        cores.set(core);
        sched_setaffinity(None, &cores).expect("a process may choose among its cores");
    }
    match role.as_str() {
        "server" => server::serve(words),
        "calls" => tell(&calls::play(words)),
        "sending" => tell(&sending::play(words)),
        "outage" => tell(&outage::play(words)),
        other => panic!("there is no role {other}"),
    }
}

/// Prints what the process that started this one waits for.
pub fn tell(result: &impl Serialize) {
    println!("{}", serde_json::to_string(result).expect("figures are JSON"));
}

/// Starts a process in a role, which is asked for the lines that it prints.
pub fn start(core: Core, role: &str, words: &[&str]) -> (Child, impl BufRead + use<>) {
    let core = match core {
        Core::Any => "any".to_owned(),
        Core::Only(core) => core.to_string(),
    };
    let program = std::env::current_exe().expect("a running program has a path");
    let mut child = Command::new(program)
        .args(["role", &core, role])
        .args(words)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process can be started");
    let output = BufReader::new(child.stdout.take().expect("it is piped"));
    (child, output)
}

/// Runs a process in a role to its end, and returns what it told.
pub fn run<T: DeserializeOwned>(core: Core, role: &str, words: &[&str]) -> T {
    let (mut child, output) = start(core, role, words);
    let line = output.lines().map_while(Result::ok).last().unwrap_or_default();
    let status = child.wait().expect("it was started");
    assert!(status.success(), "{role} {words:?} ended with {status}");
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{role} {words:?}: {error}: {line}"))
}
