# In the guest, from /root/debs.tar: as an administrator would.
set -e
export DEBIAN_FRONTEND=noninteractive
mkdir -p /root/debs
tar -C /root/debs -xf /root/debs.tar
apt-get -q -y install /root/debs/*.deb
