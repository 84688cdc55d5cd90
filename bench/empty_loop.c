/* What libpcap alone costs: reads every packet and does nothing with it.   empty_loop FILE */
#include <pcap.h>
#include <stdio.h>

int main(int argc, char **argv) {
    char error[PCAP_ERRBUF_SIZE];
    struct pcap_pkthdr *header;
    const u_char *data;
    unsigned long packets = 0;
    pcap_t *pcap = argc == 2 ? pcap_open_offline(argv[1], error) : NULL;
    if (pcap == NULL) {
        return 2;
    }
    while (pcap_next_ex(pcap, &header, &data) == 1) {
        packets++;
    }
    pcap_close(pcap);
    printf("%lu packets\n", packets);
    return 0;
}
