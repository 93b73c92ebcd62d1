// Thread: the test's; it answers on threads of its own.
// Owns: a server on a free port of the loopback, and its connections.
// Ends: the destructor.
#pragma once

#include <gio/gio.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace teecam::test {

/// Answers each request with what `answer` gives, on connections that stay as HTTP/1.1 has it.
class HttpServer {
 public:
  explicit HttpServer(std::function<std::string(int request)> answer)
      : answer_(std::move(answer)), listener_(g_socket_listener_new()), ended_(g_cancellable_new()) {
    port_ = g_socket_listener_add_any_inet_port(listener_, nullptr, nullptr);
    thread_ = std::thread([this] { accept(); });
  }
  ~HttpServer() {
    g_cancellable_cancel(ended_);
    thread_.join();
    g_object_unref(listener_);
    g_object_unref(ended_);
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string address() const { return "http://127.0.0.1:" + std::to_string(port_) + "/cam.jpg"; }
  int requests() const { return requests_; }
  int connections() const { return connections_; }

 private:
  void accept() {
    std::vector<std::thread> talks;
    while (GSocketConnection* connection = g_socket_listener_accept(listener_, nullptr, ended_, nullptr)) {
      connections_++;
      talks.emplace_back([this, connection] {
        talk(connection);
        g_object_unref(connection);
      });
    }
    for (auto& one : talks) one.join();
  }

  void talk(GSocketConnection* connection) {
    GInputStream* in = g_io_stream_get_input_stream(G_IO_STREAM(connection));
    GOutputStream* out = g_io_stream_get_output_stream(G_IO_STREAM(connection));
    std::string heard;
    char piece[4096];
    for (gssize length = 0; (length = g_input_stream_read(in, piece, sizeof piece, ended_, nullptr)) > 0;) {
      heard.append(piece, static_cast<std::size_t>(length));
      const auto end = heard.find("\r\n\r\n");
      if (end == heard.npos) continue;
      heard.erase(0, end + 4);
      const std::string text = answer_(++requests_);
      if (!g_output_stream_write_all(out, text.data(), text.size(), nullptr, ended_, nullptr)) return;
    }
  }

  const std::function<std::string(int)> answer_;
  GSocketListener* const listener_;
  GCancellable* const ended_;
  guint16 port_ = 0;
  std::atomic<int> requests_{0};
  std::atomic<int> connections_{0};
  std::thread thread_;
};

inline std::string response(const std::string& status, const std::string& type, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace teecam::test
