//! nginx as a gateway: it looks at a key, throttles by it, and passes on what it lets through to a
//! server of its own that answers at once. What moat does beyond that, it does not.
//! <https://nginx.org/en/docs/http/ngx_http_limit_req_module.html>

use crate::connection::Connection;
use crate::failure::Failure;
use crate::interrupt::{Guard, Running};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Debian's, and where other systems have it.
const PROGRAMS: [&str; 3] = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"];
const PATIENCE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(2);

/// A server under measurement, in a directory of its own.
pub struct Nginx {
    pub address: SocketAddr,
    /// `nginx 1.22.1`.
    pub name: String,
    child: Child,
    _guard: Guard,
}

impl Nginx {
    /// None when the machine has no nginx.
    pub fn start(directory: &Path) -> Result<Option<Self>, Failure> {
        let Some(program) = PROGRAMS.into_iter().find(|program| Path::new(program).exists()) else {
            return Ok(None);
        };
        let directory = directory.join("nginx");
        std::fs::create_dir_all(&directory).map_err(Failure::io("make a directory for nginx"))?;
        let (front, behind) = (free_port()?, free_port()?);
        let written = std::fs::write(directory.join("nginx.conf"), configuration(front, behind));
        written.map_err(Failure::io("write nginx's configuration"))?;
        let child = Command::new(program)
            .arg("-p")
            .arg(&directory)
            .args(["-e", "error.log", "-c", "nginx.conf"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Failure::io("start nginx"))?;
        let guard = Guard::new(Running::Process(i32::try_from(child.id()).unwrap_or(i32::MAX)));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, front));
        let mut own = Self { address, name: version(program), child, _guard: guard };
        own.wait(&directory)?;
        Ok(Some(own))
    }

    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).unwrap_or(i32::MAX)
    }

    fn wait(&mut self, directory: &Path) -> Result<(), Failure> {
        let begun = Instant::now();
        while Connection::open(self.address).is_err() {
            if begun.elapsed() > PATIENCE || !matches!(self.child.try_wait(), Ok(None)) {
                let last = std::fs::read_to_string(directory.join("error.log")).unwrap_or_default();
                let what = "nginx listens".to_owned();
                return Err(Failure::Late { what, seconds: PATIENCE.as_secs(), last });
            }
            std::thread::sleep(POLL);
        }
        Ok(())
    }
}

impl Drop for Nginx {
    /// Asks the master, which takes its workers along.
    fn drop(&mut self) {
        let _ = kill(Pid::from_raw(self.pid()), Signal::SIGTERM);
        let _ = self.child.wait();
    }
}

fn free_port() -> Result<u16, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|l| l.local_addr());
    Ok(listener.map_err(Failure::io("find a free port"))?.port())
}

fn version(program: &str) -> String {
    let said = Command::new(program).arg("-v").output().map(|output| output.stderr).unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    let number =
        said.split_once("nginx/").map(|(_, rest)| rest.split_whitespace().next().unwrap_or_default());
    format!("nginx {}", number.unwrap_or_default())
}

/// A worker for each core, connections kept open on both sides, no log of accesses: as it is tuned
/// to be fast. The throttle lets everything through and is looked at all the same.
fn configuration(front: u16, behind: u16) -> String {
    format!(
        r#"daemon off;
worker_processes auto;
pid nginx.pid;
error_log error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    keepalive_requests 100000000;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    limit_req_zone $http_x_api_key zone=keys:10m rate=500000r/s;
    upstream behind {{ server 127.0.0.1:{behind}; keepalive 64; keepalive_requests 100000000; }}
    server {{
        listen 127.0.0.1:{front};
        location / {{
            if ($http_x_api_key = "") {{ return 403; }}
            limit_req zone=keys burst=50000 nodelay;
            proxy_pass http://behind;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
    }}
    server {{
        listen 127.0.0.1:{behind};
        location / {{ default_type application/json; return 200 "{{}}"; }}
    }}
}}
"#
    )
}
