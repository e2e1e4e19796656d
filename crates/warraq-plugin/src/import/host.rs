//! What the host does for a plugin's stage: the functions of `wq_host`, and what they work on.

use crate::abi::{ABI_MAJOR, ABI_MINOR, FAILED, NONE, OK, Sized32, WqBytes, WqHost, WqStr};
use crate::read;
use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, ThreadId};
use warraq_core::{BuildContext, LabelId, Labels, LogLevel, OptionError, Resources, Services};

/// The host of one stage, at an address that does not change.
pub(super) struct HostContext(Box<Inner>);

struct Inner {
    table: WqHost,
    name: String,
    labels: Labels,
    services: Arc<dyn Services>,
    building: Mutex<Building>,
}

/// What `create` may ask for, and what it leaves behind.
#[derive(Default)]
struct Building {
    /// The files, and the thread that may read them.
    resources: Option<(NonNull<dyn Resources>, ThreadId)>,
    /// What has been handed out, to be kept until `create` returns.
    files: Vec<Arc<[u8]>>,
    messages: Vec<String>,
    failure: Option<OptionError>,
}

// SAFETY: the pointer to the files is used only on the thread that is in `create`, while it is; everything else is shared
// safely. The table is constant.
unsafe impl Send for Inner {}
// SAFETY: as above.
unsafe impl Sync for Inner {}

impl HostContext {
    pub(super) fn new(cx: &BuildContext<'_>) -> Self {
        let mut inner = Box::new(Inner {
            table: WqHost::empty(),
            name: cx.name.to_owned(),
            labels: cx.labels.clone(),
            services: Arc::clone(&cx.services),
            building: Mutex::default(),
        });
        let stage_label = inner.labels.intern(&inner.name).0;
        inner.table = WqHost {
            struct_size: size_of::<WqHost>() as u32,
            abi_major: ABI_MAJOR,
            abi_minor: ABI_MINOR,
            version: concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast(),
            ctx: std::ptr::from_ref::<Inner>(&inner).cast_mut().cast(),
            name: WqStr::of(&inner.name),
            stage_label,
            reserved: 0,
            log: Some(log),
            intern: Some(intern),
            find: Some(find),
            label_name: Some(label_name),
            label_count: Some(label_count),
            read_resource: Some(read_resource),
            fail: Some(fail),
            cancelled: Some(cancelled),
        };
        HostContext(inner)
    }

    /// Runs `create` with the files at hand.
    pub(super) fn while_building<T>(&self, cx: &mut BuildContext<'_>, create: impl FnOnce(*const WqHost) -> T) -> T {
        let resources: NonNull<dyn Resources + '_> = NonNull::from(&mut *cx.resources);
        // SAFETY: only the lifetime is left out; the pointer is taken away again before this function returns.
        let resources =
            unsafe { std::mem::transmute::<NonNull<dyn Resources + '_>, NonNull<dyn Resources + 'static>>(resources) };
        self.0.building().resources = Some((resources, thread::current().id()));
        let result = create(&self.0.table);
        let mut building = self.0.building();
        building.resources = None;
        building.files.clear();
        building.messages.clear();
        result
    }

    /// Why `create` failed, if it said so.
    pub(super) fn take_failure(&self) -> Option<OptionError> {
        self.0.building().failure.take()
    }

    pub(super) fn labels(&self) -> &Labels {
        &self.0.labels
    }

    pub(super) fn log(&self, level: LogLevel, message: &str) {
        self.0.services.log(level, &self.0.name, message);
    }
}

impl Inner {
    fn building(&self) -> MutexGuard<'_, Building> {
        self.building.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// # Safety
    /// `ctx` is that of a table of ours whose stage has not been destroyed.
    unsafe fn of<'a>(ctx: *mut c_void) -> &'a Inner {
        // SAFETY: the caller's word.
        unsafe { &*ctx.cast::<Inner>() }
    }
}

/// A text from a plugin, whatever it is.
///
/// # Safety
/// As the header says of the parameter it comes from.
unsafe fn lossy(text: WqStr) -> String {
    let bytes = WqBytes { ptr: text.ptr.cast(), len: text.len };
    // SAFETY: the caller's word.
    String::from_utf8_lossy(unsafe { read::bytes("", bytes) }.unwrap_or_default()).into_owned()
}

unsafe extern "C" fn log(ctx: *mut c_void, level: u32, message: WqStr) {
    // SAFETY: the plugin passes back what it was given.
    let (inner, message) = unsafe { (Inner::of(ctx), lossy(message)) };
    let level = match level {
        0 | 1 => LogLevel::Error,
        2 => LogLevel::Warning,
        3 => LogLevel::Info,
        _ => LogLevel::Debug,
    };
    inner.services.log(level, &inner.name, &message);
}

unsafe extern "C" fn intern(ctx: *mut c_void, name: WqStr) -> u32 {
    // SAFETY: the plugin passes back what it was given, and a text.
    unsafe { read::text("a name", name).map_or(NONE, |name| Inner::of(ctx).labels.intern(name).0) }
}

unsafe extern "C" fn find(ctx: *mut c_void, name: WqStr) -> u32 {
    // SAFETY: as above.
    unsafe {
        let id = read::text("a name", name).ok().and_then(|name| Inner::of(ctx).labels.get(name));
        id.map_or(NONE, |id| id.0)
    }
}

unsafe extern "C" fn label_name(ctx: *mut c_void, id: u32, out: *mut WqStr) -> i32 {
    // SAFETY: the plugin passes back what it was given.
    let inner = unsafe { Inner::of(ctx) };
    match inner.labels.try_name(LabelId(id)) {
        Some(name) if !out.is_null() => {
            // The table keeps every name for as long as it lives, and this host keeps the table.
            // SAFETY: there is a place for the text.
            unsafe { out.write(WqStr::of(&name)) };
            OK
        }
        _ => FAILED,
    }
}

unsafe extern "C" fn label_count(ctx: *mut c_void) -> u32 {
    // SAFETY: the plugin passes back what it was given.
    u32::try_from(unsafe { Inner::of(ctx) }.labels.len()).unwrap_or(u32::MAX)
}

unsafe extern "C" fn read_resource(ctx: *mut c_void, path: WqStr, out: *mut WqBytes) -> i32 {
    // SAFETY: the plugin passes back what it was given, and a text.
    let (inner, path) = unsafe { (Inner::of(ctx), read::text("a path", path)) };
    let mut building = inner.building();
    let result = match (building.resources, path) {
        (_, Err(e)) => Err(e.message),
        (Some((resources, thread)), Ok(path)) if thread == thread::current().id() => {
            // SAFETY: `create` is under way on this thread, and the files are borrowed for as long as it is.
            unsafe { &mut *resources.as_ptr() }.read(path).map_err(|e| e.to_string())
        }
        _ => Err("files can be read only while the stage is built, on the thread that builds it".into()),
    };
    let (status, bytes) = match result {
        Ok(resource) => {
            building.files.push(Arc::clone(&resource.bytes));
            (OK, WqBytes::of(building.files.last().map_or(&[], |file| file)))
        }
        Err(message) => {
            building.messages.push(message);
            (FAILED, WqBytes::of(building.messages.last().map_or(&[], |message| message.as_bytes())))
        }
    };
    if out.is_null() {
        return FAILED;
    }
    // SAFETY: there is a place for the bytes.
    unsafe { out.write(bytes) };
    status
}

unsafe extern "C" fn fail(ctx: *mut c_void, option: WqStr, message: WqStr, help: WqStr) {
    // SAFETY: the plugin passes back what it was given, and texts.
    let (inner, option, message, help) = unsafe { (Inner::of(ctx), lossy(option), lossy(message), lossy(help)) };
    let error = OptionError { path: option, message, help: (!help.is_empty()).then_some(help) };
    inner.building().failure = Some(error);
}

unsafe extern "C" fn cancelled(ctx: *mut c_void) -> u32 {
    // SAFETY: the plugin passes back what it was given.
    u32::from(unsafe { Inner::of(ctx) }.services.cancelled())
}
