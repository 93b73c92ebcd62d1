{
  "variables": {
    "gst_packages": "gstreamer-1.0 gstreamer-base-1.0 gstreamer-app-1.0 gstreamer-video-1.0 gstreamer-allocators-1.0 gstreamer-pbutils-1.0 gstreamer-rtsp-1.0 gstreamer-rtsp-server-1.0 gio-unix-2.0"
  },
  "target_defaults": {
    "cflags!": ["-fno-exceptions"],
    "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17"],
    "cflags_cc": ["-std=gnu++20", "-fexceptions"],
    "cflags": ["-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-fPIC", "-fvisibility=hidden", "<!@(pkg-config --cflags-only-other <(gst_packages))"],
    # A warning for each name that came after GLib 2.68, the one of GStreamer 1.20; scripts/check tells GStreamer's own.
    "defines": ["GLIB_VERSION_MIN_REQUIRED=GLIB_VERSION_2_68", "GLIB_VERSION_MAX_ALLOWED=GLIB_VERSION_2_68"],
    "include_dirs": ["native", "native/include"],
    "conditions": [["OS=='linux'", { "cflags": ["<!@(pkg-config --cflags-only-I <(gst_packages) | sed 's/-I/-isystem /g')"] }]]
  },
  "targets": [
    {
      "target_name": "teecam_core",
      "type": "static_library",
      "standalone_static_library": 1,
      "sources": ["<!@(ls -1 native/core/*.cc)"]
    },
    {
      "target_name": "teecam",
      "dependencies": ["teecam_core"],
      "sources": ["<!@(ls -1 native/boundary/*.cc)"],
      "cflags_cc": ["-isystem <!(node -p \"path.resolve(require('node-addon-api').include_dir)\")"],
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_CPP_EXCEPTIONS", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "libraries": ["<!@(pkg-config --libs <(gst_packages))"]
    },
    {
      "target_name": "teecam-worker",
      "type": "executable",
      "dependencies": ["teecam_core"],
      "sources": ["<!@(ls -1 native/worker/*.cc)"],
      "libraries": ["<!@(pkg-config --libs <(gst_packages))"]
    },
    {
      "target_name": "teecam-native-test",
      "type": "executable",
      "dependencies": ["teecam_core"],
      "sources": ["<!@(ls -1 native/test/*.cc)"],
      "libraries": ["<!@(pkg-config --libs <(gst_packages))"]
    },
    {
      "target_name": "teecam-test-writer",
      "type": "executable",
      "dependencies": ["teecam_core"],
      "sources": ["native/test/tool/ring_writer_tool.cc"],
      "libraries": ["<!@(pkg-config --libs <(gst_packages))"]
    },
    {
      "target_name": "teecam-ring-torture",
      "type": "executable",
      "dependencies": ["teecam_core"],
      "sources": ["<!@(ls -1 native/test/torture/*.cc native/test/torture/*.c)"],
      "libraries": ["<!@(pkg-config --libs <(gst_packages))"]
    },
    {
      "target_name": "teecam-ring-feeder",
      "type": "executable",
      "dependencies": ["teecam_core"],
      "sources": ["<!@(ls -1 native/test/feeder/*.cc)"],
      "libraries": ["<!@(pkg-config --libs <(gst_packages))"]
    },
    {
      "target_name": "teecam-rtsp-viewer",
      "type": "executable",
      "sources": ["<!@(ls -1 native/test/viewer/*.cc)"],
      "libraries": ["<!@(pkg-config --libs <(gst_packages))"]
    },
    {
      "target_name": "teecam-rtsp-camera",
      "type": "executable",
      "sources": ["<!@(ls -1 native/test/camera/*.cc)"],
      "libraries": ["<!@(pkg-config --libs <(gst_packages))"]
    },
    {
      "target_name": "teecam-test-encoder",
      "type": "shared_library",
      "product_dir": "<(PRODUCT_DIR)/test-plugins",
      "product_name": "gstteecamtest",
      "sources": ["<!@(ls -1 native/test/encoder/*.cc)"],
      "libraries": ["<!@(pkg-config --libs gstreamer-1.0)"]
    }
  ]
}
