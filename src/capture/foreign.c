#include "capture/foreign.h"

#include "capture/decompress.h"

#define CONVERT ": convert it with `editcap IN OUT.pcapng`"

struct foreign_magic {
    const char *magic;
    size_t len;
    const char *what;
};

static const struct foreign_magic magics[] = {
        {"snoop\0\0\0", 8, "it is a Sun snoop capture" CONVERT},
        {"GMBU", 4, "it is a Microsoft Network Monitor capture" CONVERT},
        {"RTSS", 4, "it is a Microsoft Network Monitor 1 capture" CONVERT},
        {"\x05VNF", 4, "it is a Visual Networks capture" CONVERT},
        {"XCP\0", 4, "it is a NetXRay or Windows Sniffer capture" CONVERT},
        {"TRSNIFF data    \x1a", 17, "it is a Sniffer capture" CONVERT},
        {"\x7fver", 4, "it is an EtherPeek or OmniPeek capture" CONVERT},
        {"iptrace ", 8, "it is an AIX iptrace capture" CONVERT},
        {"ObserverPktBuffe", 16, "it is a Network Instruments Observer capture" CONVERT},
        {"\x0a\x0d\x0d\x0a", 4, "it begins like a pcapng file, but its section header is damaged"},
        {"\xa1\xb2\xc3\xcb", 4, "it is a libpcap file of compiled filters"},
        {"\xa1\xb2\x34\xcd", 4, "it is a pcap file in a modified format that only its own writer reads"},
        {"\xcd\x34\xb2\xa1", 4, "it is a pcap file in a modified format that only its own writer reads"},
        {"BZh", 3, "it is compressed with bzip2: unpack it first, as in `bzip2 -dc FILE | tlswatch -r -`"},
        {"\xfd"
         "7zXZ",
         5, "it is compressed with xz: unpack it first, as in `xz -dc FILE | tlswatch -r -`"},
        {"\x04\x22\x4d\x18", 4, "it is compressed with lz4: unpack it first, as in `lz4 -dc FILE | tlswatch -r -`"},
        {"PK\x03\x04", 4, "it is a zip archive: unpack it first"},
        {"7z\xbc\xaf", 4, "it is a 7z archive: unpack it first"},
        {"\x7f"
         "ELF",
         4, "it is a program"},
        {"-----BEGIN ", 11, "it is a PEM file of certificates or keys"},
        {"CLIENT_RANDOM ", 14, "it is a key log: captures are pcap or pcapng"},
        {"%PDF", 4, "it is a PDF document"},
};

static bool foreign_is_text(struct bytes head) {
    for (size_t i = 0; i < head.len; i++) {
        if (head.p[i] == 0x7f || (head.p[i] < 0x20 && (head.p[i] < '\t' || head.p[i] > '\r'))) {
            return false;
        }
    }
    return true;
}

const char *foreign_describe(struct bytes head) {
    if (head.len == 0) {
        return "it is empty";
    }
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        if (bytes_start_with(head, magics[i].magic, magics[i].len)) {
            return magics[i].what;
        }
    }
    switch (compression_of(head)) {
    case COMPRESSION_GZIP:
        return "it is compressed with gzip, and this tlswatch was built without zlib: use `gzip -dc FILE | tlswatch -r -`";
    case COMPRESSION_ZSTD:
        return "it is compressed with zstd, and this tlswatch was built without libzstd: use `zstd -dc FILE | tlswatch -r -`";
    case COMPRESSION_NONE:
        break;
    }
    return foreign_is_text(head) ? "it is text"
                                 : "it begins like no capture file that tlswatch knows: if Wireshark opens it, convert it with "
                                   "`editcap IN OUT.pcapng`";
}
