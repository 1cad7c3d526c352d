//! What is listened on: an address, or the file of a socket, which is made with mode 0660, taken
//! over from a collector that died, and removed when it is listened on no more.

use std::fs;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixSocket, UnixStream};

use super::Listen;
use super::authenticate::Peer;

/// Connections that wait to be accepted, as tokio has it for addresses.
const BACKLOG: u32 = 1_024;
/// What the system keeps of an answer that is not read, and of a body that is not, for each
/// connection. Left alone it takes up to 4 and 6 MiB, which a thousand silent clients turn into
/// gigabytes.
const SYSTEM_BUFFER_BYTES: u32 = 128 * 1024;
/// For the collector's user and its group; the group may be given to hosts.
const SOCKET_MODE: u32 = 0o660;
/// All programs behind a socket are this machine's, and share what an address is allowed.
const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A place that is listened on.
pub struct Listener(Kind);

enum Kind {
    Tcp(TcpListener),
    Unix(UnixListener, SocketFile),
}

/// A connection's bytes.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl Stream for TcpStream {}
impl Stream for UnixStream {}

impl Listener {
    /// Listens from now on.
    ///
    /// # Errors
    /// `AddrInUse` where somebody else does. A socket's file that nobody listens on any more is
    /// replaced; a file of another kind is not.
    pub async fn bind(listen: &Listen) -> io::Result<Self> {
        match listen {
            Listen::Tcp(address) => Ok(Self(Kind::Tcp(bind_address(*address)?))),
            Listen::Unix(path) => {
                let socket = match bind_socket(path) {
                    Err(error) if error.kind() == ErrorKind::AddrInUse => {
                        remove_stale(path).await?;
                        bind_socket(path)?
                    }
                    bound => bound?,
                };
                let file = SocketFile::at(path)?;
                // Before anybody can connect, which is from `listen` on.
                fs::set_permissions(path, fs::Permissions::from_mode(SOCKET_MODE))?;
                Ok(Self(Kind::Unix(socket.listen(BACKLOG)?, file)))
            }
        }
    }

    /// Where it listens, with the port that the system chose.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn place(&self) -> io::Result<Listen> {
        match &self.0 {
            Kind::Tcp(listener) => listener.local_addr().map(Listen::Tcp),
            Kind::Unix(_, file) => Ok(Listen::Unix(file.path.clone())),
        }
    }

    pub(super) async fn accept(&self) -> io::Result<(Box<dyn Stream>, Peer)> {
        match &self.0 {
            Kind::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                // Answers are small and written whole.
                stream.set_nodelay(true)?;
                Ok((Box::new(stream), Peer(peer.ip())))
            }
            Kind::Unix(listener, _) => {
                let (stream, _) = listener.accept().await?;
                Ok((Box::new(stream), Peer(LOCAL)))
            }
        }
    }
}

fn bind_address(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // Connections of the process before may still be ending.
    socket.set_reuseaddr(true)?;
    // What is accepted has them too.
    socket.set_send_buffer_size(SYSTEM_BUFFER_BYTES)?;
    socket.set_recv_buffer_size(SYSTEM_BUFFER_BYTES)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn bind_socket(path: &Path) -> io::Result<UnixSocket> {
    let socket = UnixSocket::new_stream()?;
    socket.bind(path)?;
    Ok(socket)
}

/// Removes the file of a socket that nobody listens on.
async fn remove_stale(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.file_type().is_socket() => {}
        Ok(_) => {
            let message = "what is there is no socket; remove it, or choose another path";
            return Err(io::Error::new(ErrorKind::AlreadyExists, message));
        }
        // Whoever listened was just ending.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    }
    match UnixStream::connect(path).await {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
            tracing::info!(socket = %path.display(), "removing a socket that nobody listens on");
            fs::remove_file(path)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        // Somebody who is too busy to let anybody in is there all the same.
        Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
        _ => Err(io::Error::new(ErrorKind::AddrInUse, "somebody listens there")),
    }
}

/// The file of a socket, which goes with it, unless another has taken its place.
struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl SocketFile {
    fn at(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), identity: identity(path)? })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).ok() != Some(self.identity) {
            return;
        }
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(socket = %self.path.display(), %error, "the socket is left behind");
        }
    }
}

/// Tells a file from another of the same path.
fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn socket(folder: &tempfile::TempDir) -> (Listen, PathBuf) {
        let path = folder.path().join("crm.sock");
        (Listen::Unix(path.clone()), path)
    }

    #[tokio::test]
    async fn a_socket_is_for_its_user_and_group_and_goes_with_the_listener() {
        let folder = tempfile::tempdir().unwrap();
        let (listen, path) = socket(&folder);
        let listener = Listener::bind(&listen).await.unwrap();
        assert_eq!(listener.place().unwrap(), listen);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
        let (accepted, connected) = tokio::join!(listener.accept(), UnixStream::connect(&path));
        assert_eq!(accepted.unwrap().1.0, LOCAL);
        drop((connected.unwrap(), listener));
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_socket_that_is_listened_on_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (listen, path) = socket(&folder);
        let first = Listener::bind(&listen).await.unwrap();
        let refused = Listener::bind(&listen).await.err().unwrap();
        assert_eq!(refused.kind(), ErrorKind::AddrInUse);
        assert!(UnixStream::connect(&path).await.is_ok());
        drop(first);
    }

    #[tokio::test]
    async fn a_socket_that_was_left_behind_is_replaced_and_belongs_to_the_newer() {
        let folder = tempfile::tempdir().unwrap();
        let (listen, path) = socket(&folder);
        // The standard library leaves the file.
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        let older = Listener::bind(&listen).await.unwrap();
        fs::remove_file(&path).unwrap();
        let newer = Listener::bind(&listen).await.unwrap();
        drop(older);
        assert!(path.exists(), "it is the newer one's");
        drop(newer);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_file_that_is_no_socket_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (listen, path) = socket(&folder);
        fs::write(&path, "a letter").unwrap();
        let refused = Listener::bind(&listen).await.err().unwrap();
        assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).unwrap(), "a letter");
    }
}
