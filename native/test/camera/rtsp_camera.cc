// An RTSP camera for tests: serves what GStreamer makes, as cameras do that are not Teecam.
//   teecam-rtsp-camera tcp|udp|multicast PORT LAUNCH [PEM]
// LAUNCH ends in a payloader called pay0. PEM is a file with a certificate and its key: then it is rtsps.
// Writes its address, then a line for each client that comes. Serves until it is ended.
#include <gst/gst.h>
#include <gst/rtsp-server/rtsp-server.h>

#include <cstdio>
#include <cstring>

namespace {

GstRTSPLowerTrans protocolsOf(const char* name) {
  if (std::strcmp(name, "udp") == 0) return GST_RTSP_LOWER_TRANS_UDP;
  if (std::strcmp(name, "multicast") == 0) return GST_RTSP_LOWER_TRANS_UDP_MCAST;
  return GST_RTSP_LOWER_TRANS_TCP;
}

void onClient(GstRTSPServer*, GstRTSPClient*, gpointer) {
  std::puts("client");
  std::fflush(stdout);
}

void useCertificate(GstRTSPServer* server, const char* file) {
  GError* error = nullptr;
  GTlsCertificate* certificate = g_tls_certificate_new_from_file(file, &error);
  if (certificate == nullptr) g_error("%s: %s", file, error->message);
  GstRTSPAuth* auth = gst_rtsp_auth_new();
  gst_rtsp_auth_set_tls_certificate(auth, certificate);
  // Clients without a password may do all.
  GstRTSPToken* anybody =
      gst_rtsp_token_new(GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, "anybody", nullptr);
  gst_rtsp_auth_set_default_token(auth, anybody);
  gst_rtsp_token_unref(anybody);
  gst_rtsp_server_set_auth(server, auth);
  g_object_unref(auth);
  g_object_unref(certificate);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("teecam-rtsp-camera tcp|udp|multicast PORT LAUNCH [PEM]\n", stderr);
    return 2;
  }
  gst_init(nullptr, nullptr);
  GstRTSPServer* server = gst_rtsp_server_new();
  gst_rtsp_server_set_address(server, "127.0.0.1");
  gst_rtsp_server_set_service(server, argv[2]);
  g_signal_connect(server, "client-connected", G_CALLBACK(onClient), nullptr);
  if (argc > 4) useCertificate(server, argv[4]);

  GstRTSPMediaFactory* factory = gst_rtsp_media_factory_new();
  gst_rtsp_media_factory_set_launch(factory, argv[3]);
  gst_rtsp_media_factory_set_shared(factory, TRUE);
  gst_rtsp_media_factory_set_protocols(factory, protocolsOf(argv[1]));
  gst_rtsp_media_factory_add_role(factory, "anybody", GST_RTSP_PERM_MEDIA_FACTORY_ACCESS, G_TYPE_BOOLEAN,
                                  TRUE, GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, G_TYPE_BOOLEAN, TRUE, nullptr);
  GstRTSPAddressPool* addresses = gst_rtsp_address_pool_new();
  gst_rtsp_address_pool_add_range(addresses, "239.255.77.1", "239.255.77.9", 17800, 17899, 0);
  gst_rtsp_media_factory_set_address_pool(factory, addresses);
  g_object_unref(addresses);

  GstRTSPMountPoints* mounts = gst_rtsp_server_get_mount_points(server);
  gst_rtsp_mount_points_add_factory(mounts, "/cam", factory);
  g_object_unref(mounts);
  if (gst_rtsp_server_attach(server, nullptr) == 0) {
    std::fputs("no port is free\n", stderr);
    return 1;
  }
  std::printf("%s://127.0.0.1:%d/cam\n", argc > 4 ? "rtsps" : "rtsp", gst_rtsp_server_get_bound_port(server));
  std::fflush(stdout);
  g_main_loop_run(g_main_loop_new(nullptr, FALSE));
}
