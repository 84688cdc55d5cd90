#include "capture/interfaces.h"

#include <net/if.h>
#include <pcap.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void interface_describe(const pcap_if_t *interface, char *text, size_t size) {
    const char *up = interface->flags & PCAP_IF_UP ? "up" : "down";
    const char *running = interface->flags & PCAP_IF_RUNNING ? ", running" : "";
    const char *loopback = interface->flags & PCAP_IF_LOOPBACK ? ", loopback" : "";
    const char *wireless = interface->flags & PCAP_IF_WIRELESS ? ", wireless" : "";
    const char *description = interface->description != NULL ? interface->description : "";
    snprintf(text, size, "%s%s%s%s%s%s", up, running, loopback, wireless, description[0] != '\0' ? ": " : "", description);
}

bool capture_list_interfaces(capture_interface_callback callback, void *user, char error[CAPTURE_ERROR_SIZE]) {
    char problem[PCAP_ERRBUF_SIZE];
    pcap_if_t *interfaces;
    if (pcap_findalldevs(&interfaces, problem) != 0) {
        snprintf(error, CAPTURE_ERROR_SIZE, "the interfaces cannot be listed: %s", problem);
        return false;
    }
    for (const pcap_if_t *i = interfaces; i != NULL; i = i->next) {
        char text[512];
        interface_describe(i, text, sizeof text);
        callback(user, i->name, text);
    }
    pcap_freealldevs(interfaces);
    return true;
}

enum capture_interface_state capture_interface_state(const char *name) {
    struct ifreq request = {0};
    size_t len = strlen(name);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (len < sizeof request.ifr_name) {
        memcpy(request.ifr_name, name, len);
    }
    bool there = fd >= 0 && len < sizeof request.ifr_name && ioctl(fd, SIOCGIFFLAGS, &request) == 0;
    if (fd >= 0) {
        close(fd);
    }
    if (!there) {
        return CAPTURE_INTERFACE_ABSENT;
    }
    return request.ifr_flags & IFF_UP ? CAPTURE_INTERFACE_UP : CAPTURE_INTERFACE_DOWN;
}

/* What libpcap lists besides network interfaces (Bluetooth, USB, netfilter) carries no TCP connections by itself. */
static bool interface_is_network(const pcap_if_t *interface) {
    static const char *const others[] = {"bluetooth", "usbmon", "nflog", "nfqueue", "dbus"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strncmp(interface->name, others[i], strlen(others[i])) == 0) {
            return false;
        }
    }
    return true;
}

void interfaces_names(char *text, size_t size) {
    char problem[PCAP_ERRBUF_SIZE];
    pcap_if_t *interfaces = NULL;
    text[0] = '\0';
    if (pcap_findalldevs(&interfaces, problem) != 0) {
        return;
    }
    size_t len = 0;
    for (const pcap_if_t *i = interfaces; i != NULL; i = i->next) {
        if (!interface_is_network(i)) {
            continue;
        }
        size_t need = strlen(i->name) + 2;
        if (len + need + 4 > size) {
            snprintf(text + len, size - len, "...");
            break;
        }
        len += (size_t)snprintf(text + len, size - len, "%s%s", len > 0 ? ", " : "", i->name);
    }
    pcap_freealldevs(interfaces);
}
