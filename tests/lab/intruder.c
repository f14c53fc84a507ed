/* A harmless stand-in of a miner: it spins or sleeps, under any name, without arguments, connected to a fake pool.
 * intruder [-n NAME] [-c PORT] [-w] [-s] [-t]   -n renames it, -c connects to 8.8.4.4, -w wipes the arguments, -s sleeps, -t goes on in a second
 * thread after the first has ended: /proc/PID looks like a zombie's then */
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static void *rest(void *unused) {
    for (;;) sleep(60);
    return unused;
}

int main(int count, char **words) {
    int sleeping = 0, wiping = 0, threaded = 0, port = 0, option;
    while ((option = getopt(count, words, "n:c:wst")) != -1) {
        if (option == 'n') prctl(PR_SET_NAME, optarg, 0, 0, 0);
        if (option == 'c') port = atoi(optarg);
        if (option == 'w') wiping = 1;
        if (option == 's') sleeping = 1;
        if (option == 't') threaded = 1;
    }
    if (port) {
        struct sockaddr_in pool = {.sin_family = AF_INET, .sin_port = htons(port)};
        inet_pton(AF_INET, "8.8.4.4", &pool.sin_addr);
        if (connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&pool, sizeof pool)) perror("connect");
    }
    if (wiping) {
        char *end = words[count - 1] + strlen(words[count - 1]);
        memset(words[0], 0, end - words[0]);
    }
    if (write(1, "ready\n", 6) != 6) return 1;
    pthread_t second;
    if (threaded && pthread_create(&second, NULL, rest, NULL) == 0) pthread_exit(NULL);
    for (volatile unsigned long spin = 0;; spin++)
        if (sleeping) sleep(60);
}
