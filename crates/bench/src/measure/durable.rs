//! Writes that are acknowledged when they are on the disk: one client and many, beside what the
//! disk itself takes.

use super::identity::Rounds;
use super::{Bounds, lists, progress};
use crate::caller::Caller;
use crate::failure::Failure;
use crate::load::load;
use crate::report::Figure;
use crate::samples::Samples;
use crate::stack::IAM;
use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Instant;

const MANY: usize = 64;
const ROUNDS: usize = 5;
/// About what one user takes in the log.
const RECORD: [u8; 512] = [b'u'; 512];

pub fn measure(bounds: Bounds, address: SocketAddr, directory: &Path) -> Result<Vec<Figure>, Failure> {
    progress("durable writes");
    let caller = Caller::new(address)?;
    let each_alone = bounds.samples.div_ceil(ROUNDS);
    let each_of_many = bounds.samples.div_ceil(ROUNDS * MANY) * 2;
    let (mut disk, mut alone, mut many) = (Samples::default(), Rounds::default(), Rounds::default());
    let mut names = Names::default();
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        if bounds.over(begun) {
            break;
        }
        disk.append(appended(&directory.join("append"), each_alone)?);
        alone.add(load(address, &lists(1, each_alone, || names.create(&caller)))?);
        many.add(load(address, &lists(MANY, each_of_many, || names.create(&caller)))?);
        delete(address, &caller, &names.take())?;
    }
    let disk = Figure::new("append of 512 bytes and fdatasync").latency(&disk);
    let alone = alone.figure("iam:CreateUser, 1 client".to_owned());
    let many = many.figure(format!("iam:CreateUser, {MANY} clients")).against(&alone);
    let alone = alone.against(&disk);
    Ok(vec![disk, alone, many])
}

/// Names that were given out and not yet taken back.
#[derive(Default)]
struct Names {
    given: usize,
    open: Vec<String>,
}

impl Names {
    fn create(&mut self, caller: &Caller) -> crate::caller::Request {
        let name = format!("user-{}", self.given);
        self.given += 1;
        let request = caller.query(IAM.0, IAM.1, "CreateUser", &[("UserName", &name)]);
        self.open.push(name);
        request
    }

    fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.open)
    }
}

fn delete(address: SocketAddr, caller: &Caller, names: &[String]) -> Result<(), Failure> {
    let request = |name: &String| caller.query(IAM.0, IAM.1, "DeleteUser", &[("UserName", name)]);
    let each = names.len().div_ceil(MANY).max(1);
    let requests: Vec<Vec<_>> = names.chunks(each).map(|chunk| chunk.iter().map(request).collect()).collect();
    load(address, &requests).map(drop)
}

/// Leaves users behind, so that a data directory has state.
pub fn fill(address: SocketAddr, count: usize) -> Result<(), Failure> {
    let caller = Caller::new(address)?;
    let name = |number: usize| format!("stays-{number}");
    let request = |number| caller.query(IAM.0, IAM.1, "CreateUser", &[("UserName", &name(number))]);
    load(address, &[(0..count).map(request).collect()]).map(drop)
}

/// What one record costs when it is simply appended and synchronised.
fn appended(path: &Path, count: usize) -> Result<Samples, Failure> {
    let step = || Failure::io("append to a file");
    let mut file = File::options().create(true).append(true).open(path).map_err(step())?;
    let mut samples = Samples::default();
    for _ in 0..count {
        let begun = Instant::now();
        file.write_all(&RECORD).and_then(|()| file.sync_data()).map_err(step())?;
        samples.add(begun.elapsed());
    }
    Ok(samples)
}
