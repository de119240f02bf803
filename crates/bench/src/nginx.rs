//! nginx in two parts: a server that answers at once, which moat too has behind it, and a gateway in
//! front of it, that looks at a key, throttles by it, and passes on what it lets through. What moat does
//! beyond that, it does not.
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
    pub fn behind(directory: &Path) -> Result<Option<Self>, Failure> {
        let port = free_port()?;
        Self::start(&directory.join("nginx-behind"), port, &behind(&format!("127.0.0.1:{port}")))
    }

    /// The gateway in front of it.
    pub fn in_front_of(behind: &Self, directory: &Path) -> Result<Option<Self>, Failure> {
        let port = free_port()?;
        let servers = front(&format!("127.0.0.1:{port}"), &behind.address.to_string());
        Self::start(&directory.join("nginx-front"), port, &servers)
    }

    fn start(directory: &Path, port: u16, servers: &str) -> Result<Option<Self>, Failure> {
        let Some(program) = program() else { return Ok(None) };
        std::fs::create_dir_all(directory).map_err(Failure::io("make a directory for nginx"))?;
        let written = std::fs::write(directory.join("nginx.conf"), configuration(servers));
        written.map_err(Failure::io("write nginx's configuration"))?;
        let child = Command::new(program)
            .arg("-p")
            .arg(directory)
            .args(["-e", "error.log", "-c", "nginx.conf"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Failure::io("start nginx"))?;
        let guard = Guard::new(Running::Process(i32::try_from(child.id()).unwrap_or(i32::MAX)));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut own = Self { address, name: version(program), child, _guard: guard };
        own.wait(directory)?;
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

/// Where the machine has it.
pub fn program() -> Option<&'static str> {
    PROGRAMS.into_iter().find(|program| Path::new(program).exists())
}

/// A worker for each core, connections kept open on both sides, no log of accesses: as it is tuned
/// to be fast. Its workers stay who the master is: inside a VPC a program cannot become somebody else.
pub fn configuration(servers: &str) -> String {
    format!(
        r#"daemon off;
user root;
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
{servers}}}
"#
    )
}

/// What is behind: it answers at once.
pub fn behind(listen: &str) -> String {
    format!(
        r#"    server {{
        listen {listen};
        location / {{ default_type application/json; return 200 "{{}}"; }}
    }}
"#
    )
}

/// A gateway, whose throttle lets everything through and is looked at all the same, and at `/plain` a
/// reverse proxy without a throttle.
pub fn front(listen: &str, behind: &str) -> String {
    format!(
        r#"    limit_req_zone $http_x_api_key zone=keys:10m rate=500000r/s;
    upstream behind {{ server {behind}; keepalive 64; keepalive_requests 100000000; }}
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    server {{
        listen {listen};
        location / {{
            if ($http_x_api_key = "") {{ return 403; }}
            limit_req zone=keys burst=50000 nodelay;
            proxy_pass http://behind;
        }}
        location /plain {{
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Port $server_port;
            proxy_pass http://behind;
        }}
    }}
"#
    )
}
