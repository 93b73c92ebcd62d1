/**
 * Every GStreamer element that a plan may hold, with the Debian package that
 * brings it; Rockchip's and NVIDIA's come with their systems, ours with Teecam.
 */
export const packageOf: Readonly<Record<string, string>> = {
  aspectratiocrop: 'gstreamer1.0-plugins-good',
  avdec_h264: 'gstreamer1.0-libav',
  appsink: 'gstreamer1.0-plugins-base',
  appsrc: 'gstreamer1.0-plugins-base',
  bin: 'libgstreamer1.0-0',
  capsfilter: 'libgstreamer1.0-0',
  capssetter: 'gstreamer1.0-plugins-good',
  decodebin: 'gstreamer1.0-plugins-base',
  filesrc: 'libgstreamer1.0-0',
  h264parse: 'gstreamer1.0-plugins-bad',
  jpegdec: 'gstreamer1.0-plugins-good',
  jpegenc: 'gstreamer1.0-plugins-good',
  jpegparse: 'gstreamer1.0-plugins-bad',
  libcamerasrc: 'gstreamer1.0-libcamera',
  nvarguscamerasrc: 'nvidia-l4t-gstreamer',
  mpph264enc: 'gstreamer1.0-rockchip1',
  nvv4l2h264enc: 'nvidia-l4t-gstreamer',
  nvvidconv: 'nvidia-l4t-gstreamer',
  openh264dec: 'gstreamer1.0-plugins-bad',
  openh264enc: 'gstreamer1.0-plugins-bad',
  rtspsrc: 'gstreamer1.0-plugins-good',
  souphttpsrc: 'gstreamer1.0-plugins-good',
  queue: 'libgstreamer1.0-0',
  tee: 'libgstreamer1.0-0',
  teecamfromkey: 'teecam',
  teecamfullrange: 'teecam',
  teecamhttpsrc: 'teecam',
  teecamrate: 'teecam',
  teecamringsink: 'teecam',
  timeoverlay: 'gstreamer1.0-x',
  v4l2h264enc: 'gstreamer1.0-plugins-good',
  v4l2src: 'gstreamer1.0-plugins-good',
  vah264enc: 'gstreamer1.0-plugins-bad',
  vah264lpenc: 'gstreamer1.0-plugins-bad',
  valve: 'libgstreamer1.0-0',
  videoconvert: 'gstreamer1.0-plugins-base',
  videoscale: 'gstreamer1.0-plugins-base',
  videotestsrc: 'gstreamer1.0-plugins-base',
  x264enc: 'gstreamer1.0-plugins-ugly',
};

/** What to ask GStreamer for before planning. */
export const plannedElements: readonly string[] = Object.keys(packageOf);
