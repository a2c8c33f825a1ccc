"""Which formats are opened, by the library and by the second program alike."""

from __future__ import annotations

__all__ = ["FORMATS_ALLOWED"]

FORMATS_ALLOWED = (
    "mov,matroska,webm,avi,mpegts,mpeg,mpegvideo,asf,asf_o,flv,live_flv,kux,mxf,ogg,nut,ivf,dv,gxf,lxf,wtv,rm,ivr,nsv,nuv,"
    "pva,ty,pmp,swf,r3d,cine,mlv,yuv4mpegpipe,film_cpk,simbiosis_imx,"
    "dhav,hxvs,ifv,iv8,luodat,lmlm4,ingenient,mpjpeg,smjpeg,mxg,nc,msnwctcp,"
    "h264,hevc,vvc,evc,av1,obu,m4v,h263,h261,vc1,vc1test,mjpeg,mjpeg_2000,dirac,dnxhd,cavsvideo,avs2,avs3,apv,"
    "gif,apng,jpegxl_anim,"
    "wav,w64,mp3,flac,aac,aiff,amr,caf,ac3,au"
)
"""FFmpeg's names of the formats that are opened: what holds its own pictures, and sound, to say that it is no video.

Not among them: lists of other files or addresses, devices, text that can be drawn as a picture, and still pictures.
"""
