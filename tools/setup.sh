# shellcheck shell=sh disable=SC2154
# What tools/try and tools/check share: which packages are needed, and how they get here. Sourced, from the root of
# the checkout; $me is the command as the user typed it.

# The one table of packages. need: "build" to build tlswatch, "test" to test it. A name per system; "-" where the
# system has it anyway.
#
#   need   Debian, Ubuntu    Fedora                Alpine           macOS
packages='
    build  gcc               gcc                   gcc              -
    build  libc6-dev         glibc-devel           musl-dev         -
    build  -                 -                     linux-headers    -
    build  meson             meson                 meson            meson
    build  ninja-build       ninja-build           samurai          ninja
    build  pkg-config        pkgconf-pkg-config    pkgconf          pkgconf
    build  libpcap-dev       libpcap-devel         libpcap-dev      libpcap
    build  libssl-dev        openssl-devel         openssl-dev      openssl@3
    build  zlib1g-dev        zlib-devel            zlib-dev         -
    build  libzstd-dev       libzstd-devel         zstd-dev         zstd
    build  libseccomp-dev    libseccomp-devel      libseccomp-dev   -
    test   clang             clang                 clang            -
    test   libclang-rt-dev   compiler-rt           compiler-rt      -
    test   -                 libasan               -                -
    test   -                 libubsan              -                -
    test   check             check-devel           check-dev        check
    test   libjson-c-dev     json-c-devel          json-c-dev       json-c
    test   mandoc            mandoc                mandoc           -
    test   openssl           openssl               openssl          -
    test   python3           python3               python3          python@3
    test   tshark            wireshark-cli         tshark           wireshark
    test   iproute2          iproute               iproute2         -
'

# names SYSTEM NEED...: the packages for those needs, on one line.
names() {
    column=$1
    shift
    case $column in debian) column=2 ;; fedora) column=3 ;; alpine) column=4 ;; macos) column=5 ;; esac
    echo "$packages" | awk -v column="$column" -v needs=" $* " \
        'NF && index(needs, " " $1 " ") && $column != "-" { printf "%s%s", sep, $column; sep = " " } END { print "" }'
}

install_command() {
    case $1 in
        debian) echo "apt-get install --no-install-recommends" ;;
        fedora) echo "dnf install" ;;
        alpine) echo "apk add" ;;
        macos) echo "brew install" ;;
    esac
}

# say_packages NEED...: what would be installed, on each system.
say_packages() {
    echo "Debian, Ubuntu:  $(install_command debian) $(names debian "$@")"
    echo "Fedora:          $(install_command fedora) $(names fedora "$@")"
    echo "Alpine:          $(install_command alpine) $(names alpine "$@")"
    echo "macOS:           $(install_command macos) $(names macos "$@")"
}

fail() {
    echo "$me: $*" >&2
    exit 2
}

which_system() {
    if [ "$(uname -s)" = Darwin ]; then
        echo macos
    elif command -v dpkg-query >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1; then
        echo debian
    elif command -v rpm >/dev/null 2>&1 && command -v dnf >/dev/null 2>&1; then
        echo fedora
    elif command -v apk >/dev/null 2>&1; then
        echo alpine
    else
        echo unknown
    fi
}

is_installed() {
    case $1 in
        debian) [ "$(dpkg-query -W -f '${db:Status-Status}' "$2" 2>/dev/null)" = installed ] ;;
        fedora) rpm -q --whatprovides "$2" >/dev/null 2>&1 ;;
        alpine) apk info -e "$2" >/dev/null 2>&1 ;;
        macos) brew list --versions "$2" >/dev/null 2>&1 ;;
    esac
}

# as_root COMMAND...: with sudo where we are not root.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

apt_install() {
    # tshark's package asks a question otherwise.
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 install --no-install-recommends "$@"
}

# install_packages NEED...: installs what is missing, or stops with one line that says what to do.
install_packages() {
    system=$(which_system)
    [ "$system" != unknown ] || {
        say_packages "$@" >&2
        fail "this system is none of these: install what corresponds, then build with meson (see README.md)"
    }
    missing=
    for package in $(names "$system" "$@"); do
        is_installed "$system" "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    by_hand="$(install_command "$system")$missing"
    [ "$system" = debian ] || fail "packages are missing, and only on Debian and Ubuntu are they installed for you; run: $by_hand"
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null 2>&1 || fail "packages are missing, and there is no sudo; as root run: $by_hand"
    echo "Installing:$missing"
    log=$(mktemp)
    # shellcheck disable=SC2086 # a list of names
    apt_install $missing >"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        rm -f "$log"
        fail "could not install; what apt-get said stands above. By hand: $by_hand"
    }
    rm -f "$log"
}

# quietly LOG COMMAND...: the output goes to a file, and is shown where the command fails.
quietly() {
    log=$1
    shift
    "$@" >"$log" 2>&1 || {
        tail -n 60 "$log" >&2
        fail "failed: $*"
    }
}

# configure FOLDER OPTION...: a build folder with these options, new or not.
configure() {
    folder=$1
    shift
    if [ -f "$folder/build.ninja" ]; then
        quietly "$folder/setup.log" meson configure "$folder" "$@"
    else
        mkdir -p "$folder"
        quietly "$folder/setup.log" meson setup "$folder" "$@"
    fi
}
