//! Host applications that use the SDK.
